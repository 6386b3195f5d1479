"""Controls have the training of the methods that they stand for, and remove nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tiny_training import STRUCTURED, named, network, trainer, trainer_of

from study.compress import METHODS
from study.networks.training import Epoch, Hooks, Trainer
from study.registry import load
from study.specs.pruning import PruningSpec

pytestmark = pytest.mark.tf

PRUNING = PruningSpec(epochs=5, learning_rate=0.004, ramp=0.5, frequency=2)
SPECS = {
    "pruning": PRUNING,
    "structured": replace(STRUCTURED, epochs=2, finetune_epochs=3, finetune_learning_rate=1e-5),
}
CONTROLS = sorted(name for name, method in METHODS.items() if method.kind == "control")
Phase = tuple[int, float, float, int]


def phases(method: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Phase], list[Epoch]]:
    """Epochs, peak rate, warm-up and first selectable epoch of each training, and the history."""
    seen: list[Phase] = []
    fit = Trainer.fit

    def spy(self: Trainer, model: Any, hooks: Hooks | None = None) -> list[Epoch]:
        spec, hooks = self.spec, hooks or Hooks()
        seen.append((spec.epochs, spec.learning_rate, spec.warmup_epochs, hooks.select_from))
        return fit(self, model, hooks)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "fit", spy)
        amount = 0 if METHODS[method].kind == "control" else 50
        own = trainer()
        own = replace(own, spec=replace(own.spec, warmup_epochs=3.0))
        done = load(METHODS, method, "compress")(network(), amount, SPECS[METHODS[method].section], own)
    return seen, done.history


@pytest.mark.parametrize("method", sorted(name for name, one in METHODS.items() if one.control))
def test_a_control_trains_as_its_method_does(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    control = METHODS[method].control
    assert METHODS[control].kind == "control" and METHODS[control].section == METHODS[method].section
    (wanted, history), (found, own) = phases(method, monkeypatch), phases(control, monkeypatch)
    if method.endswith("_alone"):  # narrower levels come first, the widest is what the control stands for
        wanted, history = wanted[-len(found) :], history[-len(own) :]
    assert found == wanted
    first = history[0].epoch - 1
    assert [(row.epoch, row.learning_rate, row.selectable) for row in own] == [
        (row.epoch - first, row.learning_rate, row.selectable) for row in history
    ]


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_has_its_methods_and_removes_nothing(control: str) -> None:
    assert control in {method.control for method in METHODS.values()} and METHODS[control].trains
    model = network()
    before = named(model)
    done = load(METHODS, control, "compress")(model, 0, SPECS[METHODS[control].section], trainer())
    for name, array in named(done.model).items():
        assert (array.shape == before[name].shape and np.count_nonzero(array) == array.size) or "beta" in name, name
        assert not np.array_equal(array, before[name]), name


@pytest.mark.parametrize("control", CONTROLS)
def test_a_killed_control_ends_in_the_same_bits(control: str) -> None:
    spec, compress = SPECS[METHODS[control].section], load(METHODS, control, "compress")
    states: dict[str, list[Any]] = {}
    whole = compress(network(), 0, spec, trainer_of(states))
    states[list(states)[-1]] = states[list(states)[-1]][:1]
    resumed = compress(network(), 0, spec, trainer_of(states))
    assert [replace(row, seconds=0) for row in resumed.history] == [replace(row, seconds=0) for row in whole.history]
    for weight, other in zip(whole.model.weights, resumed.model.weights, strict=True):
        assert weight.numpy().tobytes() == other.numpy().tobytes(), weight.name
