"""Compression methods."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tiny_training import STRUCTURED, named, network, trainer, trainer_of

from study.compress import METHODS
from study.networks.training import Trainer
from study.registry import load
from study.specs.pruning import PruningSpec

pytestmark = pytest.mark.tf


PRUNING = PruningSpec(epochs=3, learning_rate=0.001, ramp=0.6, frequency=2)
AMOUNTS = pytest.mark.parametrize("amount", [30, 60, 90])
PRUNABLE = {"pointwise/kernel:0", "logits/kernel:0"}


@pytest.mark.parametrize("method", sorted(METHODS))
def test_the_contract(method: str) -> None:
    model = network()
    kinds = [type(layer) for layer in model.layers]
    before = {name: array.shape for name, array in named(model).items()}
    spec = {"structured": STRUCTURED, "pruning": PRUNING}[METHODS[method].section]
    done = load(METHODS, method, "compress")(model, 0 if METHODS[method].kind == "control" else 60, spec, trainer())
    compressed, history = done.model, done.history
    assert len(done.levels) == METHODS[method].levels
    after = {name: array.shape for name, array in named(compressed).items()}
    if METHODS[method].kind == "family":
        assert list(done.levels) == ["w100", "w87", "w73", "w60"]
        sizes = [level.count_params() for level in done.levels.values()]
        assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 4
    else:
        assert [type(layer) for layer in compressed.layers] == kinds  # no wrappers are left
    if METHODS[method].kind == "structured":  # narrower, layer by layer
        assert after.keys() == before.keys() and after != before
        assert all(np.less_equal(shape, before[name]).all() for name, shape in after.items())
    elif METHODS[method].kind != "family":
        assert after == before
    assert len(done.levels) == METHODS[method].levels
    sizes = [level.count_params() for level in done.levels.values()]
    assert sizes == sorted(set(sizes), reverse=True)  # the widest level comes first
    assert [row.epoch for row in history] == list(range(1, len(history) + 1)) and bool(history) == METHODS[
        method
    ].trains
    assert all(np.isfinite(row.val_loss) and 0 < row.learning_rate <= PRUNING.learning_rate for row in history)
    assert json.loads(json.dumps(done.record, allow_nan=False)) == done.record
    assert load(METHODS, method, "SPEC") is type(spec)
    assert compressed(np.zeros((2, 8, 8, 3), np.float32)).shape == (2, 10)


@AMOUNTS
def test_every_prunable_kernel_reaches_the_amount(amount: int) -> None:
    model = load(METHODS, "magnitude", "compress")(network(), amount, PRUNING, trainer()).model
    for name, array in named(model).items():
        if name in PRUNABLE:
            assert 100 * (array == 0).mean() == pytest.approx(amount, abs=0.5), name
        elif "beta" not in name and "moving_mean" not in name:
            assert np.count_nonzero(array) == array.size, name


@AMOUNTS
def test_the_smallest_are_cut_and_the_rest_is_left(amount: int) -> None:
    model = network()
    before = named(model)
    still = replace(PRUNING, learning_rate=1e-12)
    compressed = load(METHODS, "magnitude", "compress")(model, amount, still, trainer()).model
    for name, array in named(compressed).items():
        if name in PRUNABLE:
            kept = array != 0
            assert np.abs(before[name][kept]).min() >= np.abs(before[name][~kept]).max(), name
            np.testing.assert_allclose(array[kept], before[name][kept], rtol=1e-5)
        elif "moving" not in name:
            np.testing.assert_allclose(array, before[name], rtol=1e-5, atol=1e-9, err_msg=name)


def test_a_killed_run_ends_in_the_same_bits() -> None:
    compress = load(METHODS, "magnitude", "compress")
    states: dict[str, list[Any]] = {}
    whole = compress(network(), 60, PRUNING, trainer_of(states))
    states["prune"] = states["prune"][:1]
    resumed = compress(network(), 60, PRUNING, trainer_of(states))
    assert len(states["prune"]) == PRUNING.epochs  # the first was not trained again
    assert [replace(row, seconds=0) for row in resumed.history] == [replace(row, seconds=0) for row in whole.history]
    for weight, other in zip(whole.model.weights, resumed.model.weights, strict=True):
        assert weight.numpy().tobytes() == other.numpy().tobytes(), weight.name


@pytest.mark.parametrize(
    "part, first",
    [
        (1 / 3, 2),  # the ramp ends with the first epoch
        (0.5, 3),  # in the second, which starts below the full sparsity
        (2 / 3, 3),
        (0.99, 3),  # the last may always be chosen
    ],
)
def test_an_epoch_may_be_chosen_that_starts_at_the_full_sparsity(
    monkeypatch: pytest.MonkeyPatch, part: float, first: int
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(Trainer, "fit", lambda self, model, hooks: asked.append(hooks.select_from))
    load(METHODS, "magnitude", "compress")(network(), 60, replace(PRUNING, ramp=part), trainer())
    assert asked == [first]


def test_the_rate_falls_from_the_first_epoch_on() -> None:
    """A warm-up as long as that of a training from scratch would leave little of so short a one."""
    own = trainer()
    long = replace(own, spec=replace(own.spec, warmup_epochs=3.0))
    history = load(METHODS, "magnitude", "compress")(network(), 60, PRUNING, long).history
    assert [row.learning_rate for row in history] == sorted((row.learning_rate for row in history), reverse=True)


@pytest.mark.parametrize(
    "epochs, part, frequency, steps, end, every",
    [
        (5, 0.6, 20, 100, 300, 20),
        (5, 0.61, 20, 100, 300, 20),  # 305: rounded down to an update
        (5, 0.6, 500, 100, 300, 300),  # never less often than once in the ramp
        (1, 0.01, 20, 3, 1, 1),  # never without a step
        (3, 0.6, 2, 4, 6, 2),
    ],
)
def test_ramp_ends_at_an_update(epochs: int, part: float, frequency: int, steps: int, end: int, every: int) -> None:
    spec = PruningSpec(epochs=epochs, learning_rate=0.001, ramp=part, frequency=frequency)
    assert spec.ramp_steps(steps) == (end, every)


@AMOUNTS
def test_one_shot_cuts_exactly_and_leaves_what_it_keeps(amount: int) -> None:
    model = network()
    before = named(model)
    compressed = load(METHODS, "magnitude_bn", "compress")(model, amount, PRUNING, trainer())
    assert not compressed.history and compressed.model is model
    for name, array in named(compressed.model).items():
        if name in PRUNABLE:
            kept = array != 0
            assert np.count_nonzero(~kept) == round(amount / 100 * array.size), name
            assert np.abs(before[name][kept]).min() >= np.abs(before[name][~kept]).max(), name
            np.testing.assert_array_equal(array[kept], before[name][kept], err_msg=name)
        elif "moving" in name:
            assert not np.allclose(array, before[name], atol=1e-3), name
        else:
            np.testing.assert_array_equal(array, before[name], err_msg=name)
