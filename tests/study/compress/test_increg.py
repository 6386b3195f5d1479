"""Incremental regularisation as a whole. TensorFlow would stay loaded for the other tests: an own process."""

import os
import subprocess
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import pipelines  # noqa: F401  sets TensorFlow's environment
from study.compress import METHODS
from study.registry import load

CHILD = "TENSORFLOW_CHECKS" in os.environ
if CHILD:
    import tensorflow as tf
    from tiny_training import STRUCTURED, network, same_bytes, trainer, trainer_of

    from study.channels.groups import channel_groups
    from study.compress.increg import increg
    from study.tensorflow_setup import prepare

    prepare(seed=0, threads=1)
    SPEC = replace(STRUCTURED, epochs=3)


def test_in_a_process_of_its_own(checks: "subprocess.CompletedProcess[str]") -> None:
    assert checks.returncode == 0, checks.stdout + checks.stderr


def compress(amount: int, run: Any) -> Any:
    return load(METHODS, "increg", "compress")(network(), amount, SPEC, run)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Updates at every step and few of them to the end, so that twelve steps are enough."""
    monkeypatch.setattr(increg, "INTERVAL", 1)
    monkeypatch.setattr(increg, "LARGEST", increg.LIMIT / 3)


@pytest.mark.parametrize("amount", [29, 60, 99])
def check_exactly_the_planned_filters_are_gone(eager: None, amount: int) -> None:
    done = compress(amount, trainer())
    for name, width in {"stem": 32, "pointwise": 64}.items():
        assert done.model.get_layer(name).get_weights()[0].shape[-1] == width - width * amount // 100, name
    assert [row.selectable for row in done.history] == [0, 0, 0, 1]
    rows = done.record["schedule"]
    assert [row["step"] for row in rows] == list(range(1, 13))
    shares = [row["share"] for row in rows]
    assert shares == sorted(shares) and 0 < shares[-1] <= amount / 100


def check_too_short_a_phase_still_ends_in_the_amount() -> None:
    done = compress(50, trainer())  # one update
    assert done.model.get_layer("pointwise").get_weights()[0].shape[-1] == 32
    assert done.record["schedule"] == [{"step": 10, "share": 0.0, "penalty": done.record["schedule"][0]["penalty"]}]


def check_a_step_is_decoupled_decay_and_what_is_gone_stays_zero() -> None:
    model = network()
    groups = channel_groups(model, zero_padding=False)
    state = increg._state(model, groups, groups.groups["stem"], 50)
    assert {weight.name for weight in state.weights} == {
        "stem/kernel:0", "stem/bias:0", "norm/gamma:0", "norm/beta:0"} and state.cut == 16
    penalty = np.linspace(0, increg.LIMIT, 32)
    state.penalty.assign(penalty)
    before = [weight.numpy() for weight in state.weights]
    increg._decay([state])(tf.constant(0.01))
    factor = np.where(penalty < increg.LIMIT, 1 - 0.01 * penalty, 0.0)
    for weight, old in zip(state.weights, before, strict=True):
        np.testing.assert_allclose(weight.numpy(), old * factor, rtol=1e-5, atol=1e-7)
    increg._decay([state])(tf.constant(1.0))  # never through zero to the other side
    for weight, old in zip(state.weights, before, strict=True):
        assert (weight.numpy() * old >= 0).all()


def check_one_that_was_killed_ends_in_the_same_bytes(eager: None) -> None:
    states: dict[str, list[Any]] = {}
    whole = compress(60, trainer_of(states))
    for left in (states["regularise"][:1], states["regularise"]):
        again = compress(60, trainer_of({"regularise": list(left)}))
        assert same_bytes(again.model, whole.model) and again.record == whole.record
