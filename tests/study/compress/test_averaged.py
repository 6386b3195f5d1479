"""Compression methods whose trainings average their weights and mix their images."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from tiny_training import STRUCTURED, named, network, same_bytes, trainer_of

from study.compress import METHODS
from study.compress.soft_filter import soften
from study.networks.channels.groups import channel_groups
from study.networks.training import Hooks, Trainer
from study.registry import load
from study.specs.pruning import PruningSpec

pytestmark = pytest.mark.tf

PRUNING = PruningSpec(epochs=3, learning_rate=0.01, ramp=0.6, frequency=2)
OPTIONS: dict[str, Any] = {"average": 0.95, "mixup": 0.2, "cutmix": 1.0, "cutout": 3, "randaugment": 1}


def compressed(method: str, states: dict[str, list[Any]]) -> Any:
    own = trainer_of(states)
    own = replace(own, spec=replace(own.spec, **OPTIONS))
    spec = {"structured": STRUCTURED, "pruning": PRUNING}[METHODS[method].section]
    return load(METHODS, method, "compress")(network(), 60, spec, own)


@cache
def whole(method: str) -> tuple[Any, dict[str, list[Any]]]:
    states: dict[str, list[Any]] = {}
    return compressed(method, states), states


@pytest.mark.parametrize("method", ["magnitude", "asrfp", "slimmable"])
def test_one_that_was_killed_ends_in_the_same_bytes(method: str) -> None:
    done, states = whole(method)
    phase = next(iter(name for name in states if states[name]))
    again = compressed(method, {phase: states[phase][:1]})
    for key, level in done.levels.items():
        assert same_bytes(level, again.levels[key])
    assert again.record == done.record


def test_an_average_of_pruned_weights_is_as_sparse_as_they_are() -> None:
    for name, array in named(whole("magnitude")[0].model).items():
        if name in ("pointwise/kernel:0", "logits/kernel:0"):
            assert abs(int((array == 0).sum()) - round(0.6 * array.size)) <= 1, name


def test_averaged_levels_share_their_kernels() -> None:
    levels = whole("slimmable")[0].levels
    wide = named(next(iter(levels.values())))
    for model in levels.values():
        for name, array in named(model).items():
            if "kernel" in name or "bias" in name:
                assert array.tobytes() == wide[name][tuple(map(slice, array.shape))].tobytes(), name


def test_filters_that_were_weakened_are_weak_in_the_average(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, list[int]]] = []
    fit, factor = Trainer.fit, 0.25

    def spied(self: Trainer, model: Any, hooks: Hooks) -> Any:
        groups = channel_groups(model, zero_padding=False).prunable

        def on_average(epoch: int) -> None:
            before = {name: model.get_layer(name).get_weights()[0] for name in groups}
            counts = [one.numpy().copy() for one in hooks.state]
            hooks.on_average(epoch)
            assert all(np.array_equal(one.numpy(), old) for one, old in zip(hooks.state, counts, strict=True))
            weak = {}
            for name, kernel in before.items():
                ratio = np.abs(model.get_layer(name).get_weights()[0]).sum((0, 1, 2)) / np.abs(kernel).sum((0, 1, 2))
                assert set(np.round(ratio, 5)) == {factor, 1.0}
                weak[name] = np.flatnonzero(ratio < 0.9).tolist()
            seen.append(weak)

        return fit(self, model, replace(hooks, on_average=on_average))

    chosen: list[dict[str, list[int]]] = []
    strongest = soften.strongest

    def watched(model: Any, groups: Any, share: float) -> Any:
        keep = strongest(model, groups, share)
        chosen.append({name: sorted(set(range(groups[name].width)) - set(keep[name].tolist())) for name in keep})
        return keep

    states: dict[str, list[Any]] = {}
    own = trainer_of(states)
    own = replace(own, spec=replace(own.spec, average=0.9))
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "fit", spied)
        patch.setattr(soften, "strongest", watched)
        patch.setattr(soften, "finetuned", lambda model, *rest, **more: (model, more["before"]))
        soften.compress(network(), 30, STRUCTURED, own, soften.Schedule(factor=lambda epoch, epochs: factor))
    assert seen == chosen[: len(seen)] and len(seen) == STRUCTURED.epochs


def test_groups_that_are_frozen_stay_to_the_bit() -> None:
    """Which the method holds itself, and would say."""
    done, _ = whole("incremental")
    assert len(done.levels) == 4 and all(np.isfinite(row.val_loss) for row in done.history)


@pytest.mark.parametrize("method", ["slimming", "increg", "retrained"])
def test_other_methods_train_so_too(method: str) -> None:
    done, _ = whole(method)
    assert done.history and all(np.isfinite([row.train_loss, row.val_loss]).all() for row in done.history)
