"""Soft filter pruning and its schedules."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import tf_keras
from tiny_training import STRUCTURED, network, same_bytes, trainer, trainer_of

from study.compress import METHODS
from study.compress.soft_filter import soften
from study.compress.soft_filter.soften import Schedule, asymptotic, softening, weaken
from study.data.augment import normalise
from study.networks.channels.groups import Group, channel_groups
from study.networks.channels.importance import cut_of, norms, strongest
from study.networks.channels.rebuild import as_wide_as
from study.networks.weights import set_arrays, to_arrays
from study.registry import load

pytestmark = pytest.mark.tf


SCHEDULES = pytest.mark.parametrize("method", ["sfp", "asfp", "srfp", "asrfp"])


@cache
def whole(method: str) -> tuple[Any, dict[str, list[Any]]]:
    """What a method makes of 60 %, and the states that it kept on its way."""
    states: dict[str, list[Any]] = {}
    return load(METHODS, method, "compress")(network(), 60, STRUCTURED, trainer_of(states)), states


def groups_of(model: Any) -> Any:
    return channel_groups(model, zero_padding=False).prunable


@pytest.mark.parametrize(
    "method, amount", [("sfp", 29), ("sfp", 60), ("asfp", 60), ("srfp", 60), ("asrfp", 60), ("asrfp", 99)]
)
def test_exactly_the_planned_filters_are_gone(method: str, amount: int) -> None:
    compress = load(METHODS, method, "compress")
    done = whole(method)[0] if amount == 60 else compress(network(), amount, STRUCTURED, trainer())
    for name, width in {"stem": 32, "pointwise": 64}.items():
        assert done.model.get_layer(name).get_weights()[0].shape[-1] == width - width * amount // 100, name
    assert done.model.output_shape == (None, 10)
    assert [row.epoch for row in done.history] == [1, 2, 3]
    assert [row.selectable for row in done.history] == [0, 0, 1]  # the narrower network alone is asked for


def test_what_was_judged_is_what_is_returned() -> None:
    done, validation = whole("sfp")[0], trainer().validation
    logits = done.model(normalise(validation.images), training=False).numpy()
    right = float((logits.argmax(1) == validation.labels).mean())
    assert right == pytest.approx(done.history[-1].val_accuracy)


def test_a_weakened_filter_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[list[int]] = []

    def watched(model: Any, groups: Any, share: float) -> Any:
        kernel, bias = model.get_layer("stem").get_weights()
        if len(cut) == 1:
            assert kernel[..., cut[0]].any(axis=(0, 1, 2)).all(), "what is zeroed is trained like all others"
            kernel[..., cut[0][0]] = 1.0  # as if training had found it useful
            model.get_layer("stem").set_weights([kernel, bias])
        keep = strongest(model, groups, share)
        cut.append(sorted(set(range(32)) - set(keep["stem"].tolist())))
        return keep

    monkeypatch.setattr(soften, "strongest", watched)
    done = load(METHODS, "sfp", "compress")(network(), 30, STRUCTURED, trainer())
    assert len(cut) == 3 and all(len(chosen) == 9 for chosen in cut)
    assert cut[0][0] not in cut[1] and cut[2] == cut[1]
    returned = len(set(cut[0]) - set(cut[1]))
    assert done.record["schedule"][1]["returned"] >= returned >= 1 and done.record["schedule"][0]["returned"] == 0
    assert [row["weakened"] for row in done.record["schedule"]] == [9 + 19] * 2


@pytest.mark.parametrize("factor, rate", [(0.0, 0.1), (0.75, 0.05), (0.5, 0.5)])
def test_a_step_is_extra_weight_decay_on_what_is_cut(factor: float, rate: float) -> None:
    model, decayed = network(), network()
    groups = groups_of(model)
    keep = strongest(model, groups, 0.4)
    weaken(model, groups, keep, factor)

    decay = (1 - factor) / rate
    for name in groups:
        kernel = decayed.get_layer(name).kernel
        optimizer = tf_keras.optimizers.AdamW(rate, weight_decay=decay, jit_compile=False)
        optimizer.build([kernel])
        before = kernel.numpy()
        optimizer.apply_gradients([(np.zeros_like(before), kernel)])
        kernel.assign(np.where(np.isin(np.arange(before.shape[-1]), keep[name]), before, kernel.numpy()))
    for weight, other in zip(model.weights, decayed.weights, strict=True):
        np.testing.assert_allclose(weight.numpy(), other.numpy(), atol=1e-7, err_msg=weight.name)


def test_schedules_are_their_definitions() -> None:
    assert asymptotic(1, 8) == 0.75 and asymptotic(8, 8) == 1.0
    assert [asymptotic(epoch, 20) for epoch in range(1, 21)] == sorted(asymptotic(epoch, 20) for epoch in range(1, 21))
    assert [softening(epoch, 3) for epoch in (1, 2, 3)] == [0.5, 0.25, 0.0] and softening(1, 1) == 0.0
    assert (Schedule().part(1, 9), Schedule().factor(1, 9)) == (1.0, 0.0)


def test_the_record_has_a_row_for_each_epoch() -> None:
    done = load(METHODS, "asrfp", "compress")(network(), 50, STRUCTURED, trainer())
    rows = done.record["schedule"]
    assert [row["epoch"] for row in rows] == [1, 2]
    assert [row["factor"] for row in rows] == [0.5, 0.0]
    assert [row["share"] for row in rows] == [0.5 * (1 - 4.0**-4), 0.5]
    assert [row["weakened"] for row in rows] == [15 + 31, 16 + 32]


def test_what_stays_is_what_has_the_largest_joint_norm() -> None:
    model = network()
    groups = groups_of(model)
    lengths = np.linalg.norm(model.get_layer("pointwise").get_weights()[0].reshape(-1, 64), axis=0)
    kept = strongest(model, groups, 0.25)["pointwise"]
    assert len(kept) == 48 and sorted(kept) == kept.tolist()
    assert lengths[kept].min() >= np.delete(lengths, kept).max()
    np.testing.assert_allclose(norms(model, groups["pointwise"]), lengths, rtol=1e-6)
    assert [len(kept) for kept in strongest(model, groups, 1.0).values()] == [1, 1]


@pytest.mark.parametrize("amount", range(101))
def test_a_share_of_a_group_is_rounded_down_as_whole_numbers_are(amount: int) -> None:
    for width in (8, 50, 100, 960):
        assert cut_of(Group("g", width, ("g",), True, False), amount / 100) == min(width * amount // 100, width - 1)


@SCHEDULES
def test_one_that_was_killed_ends_in_the_same_bytes(method: str) -> None:
    done, states = whole(method)
    assert len(states["choice"]) == STRUCTURED.epochs == 2
    for epochs in (1, 2) if method == "sfp" else (1,):  # the second: the narrower network alone is trained
        left = trainer_of({"choice": states["choice"][:epochs]})
        again = load(METHODS, method, "compress")(network(), 60, STRUCTURED, left)
        assert same_bytes(again.model, done.model)
        assert again.record == done.record


def test_the_graph_is_rebuilt_from_the_widths_of_its_weights() -> None:
    compressed = whole("sfp")[0].model
    rebuilt = as_wide_as(network(seed=5), to_arrays(compressed))
    set_arrays(rebuilt, to_arrays(compressed))
    pixels = normalise(trainer().validation.images)
    assert np.array_equal(rebuilt(pixels, training=False), compressed(pixels, training=False))
    uncut = network(seed=5)
    assert as_wide_as(uncut, to_arrays(network())) is uncut
