"""Soft filter pruning and its schedules. TensorFlow would stay loaded for the other tests: an own process."""

import os
import subprocess
from typing import Any

import numpy as np
import pytest

import pipelines  # noqa: F401  sets TensorFlow's environment
from study.compress import METHODS
from study.registry import load

CHILD = "TENSORFLOW_CHECKS" in os.environ
if CHILD:
    import tf_keras
    from tiny_training import STRUCTURED, network, same_bytes, trainer, trainer_of

    from study.compress.soft_filter import soften
    from study.compress.soft_filter.soften import Schedule, asymptotic, softening, weaken
    from study.data.augment import normalise
    from study.networks.channels.groups import channel_groups
    from study.networks.channels.importance import norms, strongest
    from study.networks.channels.rebuild import as_wide_as
    from study.networks.setup import prepare
    from study.networks.weights import set_arrays, to_arrays

    prepare(seed=0, threads=1)

AMOUNTS = pytest.mark.parametrize("amount", [29, 60, 99])
SCHEDULES = pytest.mark.parametrize("method", ["sfp", "asfp", "srfp", "asrfp"])


def test_in_a_process_of_its_own(checks: "subprocess.CompletedProcess[str]") -> None:
    assert checks.returncode == 0, checks.stdout + checks.stderr


def groups_of(model: Any) -> Any:
    return channel_groups(model, zero_padding=False).prunable


@SCHEDULES
@AMOUNTS
def check_exactly_the_planned_filters_are_gone(method: str, amount: int) -> None:
    done = load(METHODS, method, "compress")(network(), amount, STRUCTURED, trainer())
    for name, width in {"stem": 32, "pointwise": 64}.items():
        assert done.model.get_layer(name).get_weights()[0].shape[-1] == width - width * amount // 100, name
    assert done.model.output_shape == (None, 10)
    assert [row.epoch for row in done.history] == [1, 2, 3]
    assert [row.selectable for row in done.history] == [0, 0, 1]  # the narrower network alone is asked for


def check_what_was_judged_is_what_is_returned() -> None:
    run = trainer()
    done = load(METHODS, "sfp", "compress")(network(), 60, STRUCTURED, run)
    logits = done.model(normalise(run.validation.images), training=False).numpy()
    right = float((logits.argmax(1) == run.validation.labels).mean())
    assert right == pytest.approx(done.history[-1].val_accuracy)


def check_a_weakened_filter_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
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
def check_a_step_is_extra_weight_decay_on_what_is_cut(factor: float, rate: float) -> None:
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


def check_schedules_are_their_definitions() -> None:
    assert asymptotic(1, 8) == 0.75 and asymptotic(8, 8) == 1.0
    assert [asymptotic(epoch, 20) for epoch in range(1, 21)] == sorted(asymptotic(epoch, 20) for epoch in range(1, 21))
    assert [softening(epoch, 3) for epoch in (1, 2, 3)] == [0.5, 0.25, 0.0] and softening(1, 1) == 0.0
    assert (Schedule().part(1, 9), Schedule().factor(1, 9)) == (1.0, 0.0)


def check_the_record_has_a_row_for_each_epoch() -> None:
    done = load(METHODS, "asrfp", "compress")(network(), 50, STRUCTURED, trainer())
    rows = done.record["schedule"]
    assert [row["epoch"] for row in rows] == [1, 2]
    assert [row["factor"] for row in rows] == [0.5, 0.0]
    assert [row["share"] for row in rows] == [0.5 * (1 - 4.0**-4), 0.5]
    assert [row["weakened"] for row in rows] == [15 + 31, 16 + 32]


def check_what_stays_is_what_has_the_largest_joint_norm() -> None:
    model = network()
    groups = groups_of(model)
    lengths = np.linalg.norm(model.get_layer("pointwise").get_weights()[0].reshape(-1, 64), axis=0)
    kept = strongest(model, groups, 0.25)["pointwise"]
    assert len(kept) == 48 and sorted(kept) == kept.tolist()
    assert lengths[kept].min() >= np.delete(lengths, kept).max()
    np.testing.assert_allclose(norms(model, groups["pointwise"]), lengths, rtol=1e-6)
    assert [len(kept) for kept in strongest(model, groups, 1.0).values()] == [1, 1]


@SCHEDULES
def check_one_that_was_killed_ends_in_the_same_bytes(method: str) -> None:
    compress, states = load(METHODS, method, "compress"), {}
    whole = compress(network(), 60, STRUCTURED, trainer_of(states))
    for left in ({"choice": states["choice"][:1]}, {"choice": states["choice"]}):
        again = compress(network(), 60, STRUCTURED, trainer_of({name: list(own) for name, own in left.items()}))
        assert same_bytes(again.model, whole.model)
        assert again.record == whole.record


def check_the_graph_is_rebuilt_from_the_widths_of_its_weights() -> None:
    compressed = load(METHODS, "sfp", "compress")(network(), 60, STRUCTURED, trainer()).model
    rebuilt = as_wide_as(network(seed=5), to_arrays(compressed))
    set_arrays(rebuilt, to_arrays(compressed))
    pixels = normalise(trainer().validation.images)
    assert np.array_equal(rebuilt(pixels, training=False), compressed(pixels, training=False))
    whole = network(seed=5)
    assert as_wide_as(whole, to_arrays(network())) is whole
