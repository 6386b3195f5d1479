"""Incremental regularisation as a whole."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tiny_training import STRUCTURED, examples, network, residual, same_bytes, trainer, trainer_of

from study.compress import METHODS
from study.compress.increg import increg
from study.data.augment import normalise
from study.networks.channels.groups import channel_groups
from study.networks.channels.surgery import masked, prune
from study.registry import load

pytestmark = pytest.mark.tf

SPEC = replace(STRUCTURED, epochs=4)


def compress(amount: int, run: Any) -> Any:
    return load(METHODS, "increg", "compress")(network(), amount, SPEC, run)


@cache
def whole() -> tuple[Any, dict[str, list[Any]]]:
    """The tiny network without 60 % of its filters, and the states that were kept on the way."""
    states: dict[str, list[Any]] = {}
    return compress(60, trainer_of(states)), states


@pytest.mark.parametrize("amount", [29, 60, 99])
def test_exactly_the_planned_filters_are_gone(amount: int) -> None:
    done = whole()[0] if amount == 60 else compress(amount, trainer())
    planned = {"stem": 32 * amount // 100, "pointwise": 64 * amount // 100}
    for name, width in {"stem": 32, "pointwise": 64}.items():
        assert done.model.get_layer(name).get_weights()[0].shape[-1] == width - planned[name], name
    assert [row.selectable for row in done.history] == [0, 0, 0, 0, 1]
    assert done.record["filters"] == [
        {"group": name, "planned": cut, "taken": cut, "by_rank": 0} for name, cut in planned.items()
    ]
    rows = done.record["schedule"]
    assert [row["step"] for row in rows] == list(range(1, 17))
    shares = [row["share"] for row in rows]
    assert shares == sorted(shares) and shares[0] < shares[-1] == sum(planned.values()) / 96


def test_what_a_phase_is_too_short_for_is_cut_by_rank() -> None:
    run = replace(trainer(), train=examples(16))  # one step and so one update, which takes the weakest alone
    done = load(METHODS, "increg", "compress")(network(), 50, replace(SPEC, epochs=1), run)
    assert done.record["filters"] == [
        {"group": "stem", "planned": 16, "taken": 1, "by_rank": 15},
        {"group": "pointwise", "planned": 32, "taken": 1, "by_rank": 31},
    ]
    assert [(row["step"], row["share"]) for row in done.record["schedule"]] == [(1, 2 / 96)]
    assert [done.model.get_layer(name).get_weights()[0].shape[-1] for name in ("stem", "pointwise")] == [16, 32]


@pytest.mark.parametrize("build", ["network", "residual"])
def test_what_is_gone_is_silent_and_surgery_changes_nothing(build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random scales, offsets and biases, squeeze-and-excite and a residual stream included."""
    model, asked = {"network": network, "residual": residual}[build](), []

    def watched(given: Any, keep: Any, *others: Any, **options: Any) -> Any:
        asked.append(keep)
        return given, list(options["before"])

    monkeypatch.setattr(increg, "finetuned", watched)
    run = trainer()
    classes = model.output_shape[-1]
    run = replace(
        run,
        train=replace(run.train, labels=run.train.labels % classes),
        validation=replace(run.validation, labels=run.validation.labels % classes),
    )
    done = load(METHODS, "increg", "compress")(model, 40, replace(SPEC, epochs=6), run)
    assert done.model is model and not any(row["by_rank"] for row in done.record["filters"])
    pixels = normalise(run.validation.images)
    logits = model(pixels, training=False).numpy()
    for smaller in (prune, masked):
        found = smaller(model, asked[0], zero_padding=False)(pixels, training=False).numpy()
        assert np.abs(found - logits).max() <= 1e-5 * np.abs(logits).max()


def test_a_step_is_decoupled_decay_and_what_is_gone_stays_zero() -> None:
    model, limit = network(), 50.0
    groups = channel_groups(model, zero_padding=False)
    state = increg._state(model, groups, groups.groups["stem"], 50)
    assert {weight.name for weight in state.weights} == {
        "stem/kernel:0",
        "stem/bias:0",
        "norm/gamma:0",
        "norm/beta:0",
        "depthwise/bias:0",
    } and state.cut == 16
    penalty = np.linspace(0, limit, 32)
    state.penalty.assign(penalty)
    before = [weight.numpy() for weight in state.weights]
    step = increg.decaying([state], limit)
    step(tf.constant(0.01))
    factor = np.where(penalty < limit, 1 - 0.01 * penalty, 0.0)
    for weight, old in zip(state.weights, before, strict=True):
        np.testing.assert_allclose(weight.numpy(), old * factor, rtol=1e-5, atol=1e-7)
    step(tf.constant(1.0))  # never through zero to the other side
    for weight, old in zip(state.weights, before, strict=True):
        assert (weight.numpy() * old >= 0).all()


def test_one_that_was_killed_ends_in_the_same_bytes() -> None:
    done, states = whole()
    assert len(states["regularise"]) > 1
    for left in (states["regularise"][:1], states["regularise"]):
        again = compress(60, trainer_of({"regularise": list(left)}))
        assert same_bytes(again.model, done.model) and again.record == done.record
