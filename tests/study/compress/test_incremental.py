"""Families that are trained group by group."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from tiny_training import STRUCTURED, named, network, residual, same_bytes, trainer, trainer_of

from study.compress import METHODS
from study.compress.incremental import pace, steps
from study.data.augment import normalise
from study.errors import StudyError
from study.networks.channels import taylor
from study.networks.channels.grouped.layout import group_of
from study.networks.channels.groups import channel_groups
from study.networks.training import Epoch, Trainer, evaluate
from study.registry import load

pytestmark = pytest.mark.tf

SPEC = replace(STRUCTURED, finetune_epochs=2, finetune_learning_rate=0.01, taylor_images=50)
NAMES = ["w100", "w75", "w50", "w25"]
FAMILIES = {"incremental": "triangular", "incremental_block": "block_diagonal"}
METHOD = pytest.mark.parametrize("method", sorted(FAMILIES))


def compress(method: str, run: Any, model: Any = None) -> Any:
    return load(METHODS, method, "compress")(model or network(), 25, SPEC, run)


@cache
def whole(method: str) -> tuple[Any, dict[str, list[Any]]]:
    """The tiny network as a family, and the states that were kept on the way."""
    states: dict[str, list[Any]] = {}
    return compress(method, trainer_of(states)), states


def logits(model: Any) -> Any:
    return model(normalise(trainer().validation.images), training=False).numpy()


def test_the_registry_says_how_many_levels_there_are() -> None:
    assert {name: one.levels for name, one in METHODS.items() if name in FAMILIES} == dict.fromkeys(
        FAMILIES, pace.LEVELS
    )
    assert {name for name, one in METHODS.items() if one.chain} == {
        *FAMILIES,
        *(f"{name}_alone" for name in FAMILIES),
        "retrained_incremental",
    }


@METHOD
def test_levels_history_and_record(method: str) -> None:
    done, states = whole(method)
    assert list(done.levels) == NAMES and done.model is done.levels["w100"]
    assert [len(states[f"step{number}"]) for number in range(1, 5)] == [2] * 4
    assert [row.epoch for row in done.history] == list(range(1, 9))
    assert [row.selectable for row in done.history] == [0] * 6 + [1] * 2
    assert [row["width"] for row in done.record["levels"]] == [100, 75, 50, 25]
    for row, level in zip(done.record["levels"], done.levels.values(), strict=True):
        accuracy = evaluate(lambda given, one=level: one(given, training=False), trainer().validation)[1]
        assert (row["val_accuracy"], row["parameters"]) == (accuracy, level.count_params())
        assert accuracy == max(one.val_accuracy for one in done.history[step_of(row["width"])])
    assert all(layer.trainable for layer in done.model.layers)


def step_of(width: int) -> slice:
    """Of the history, the epochs of a level's step."""
    return slice(width // 25 * 2 - 2, width // 25 * 2)


@METHOD
def test_a_step_begins_with_the_level_below_and_leaves_its_bits(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fit, seen = Trainer.fit, list[tuple[dict[str, Any], Any]]()

    def watched(self: Trainer, model: Any) -> list[Epoch]:
        group = len(seen) + 1
        if seen:
            assert np.array_equal(logits(model), seen[-1][1])
        before = named(model)
        assert {group_of(weight.name.split("/")[0]) for weight in model.trainable_weights} == {group}
        history = fit(self, model)
        for name, value in named(model).items():  # the statistics of batch normalisation among them
            earlier = group_of(name.split("/")[0]) < group
            assert np.array_equal(value, before[name]) == earlier, name
        seen.append((named(model), logits(model)))
        return history

    monkeypatch.setattr(Trainer, "fit", watched)
    done = compress(method, trainer())
    for level, (weights, answer) in zip(reversed(done.levels.values()), seen, strict=True):
        assert logits(level).tobytes() == answer.tobytes()
        assert all(value.tobytes() == weights[name].tobytes() for name, value in named(level).items())


def test_a_step_that_changes_an_earlier_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_train_only", lambda network, groups: None)
    with pytest.raises(AssertionError, match="tiny: training group 2 changed a level without it"):
        compress("incremental", trainer())


@METHOD
def test_the_first_group_starts_with_the_most_important_channels(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fit, seen = Trainer.fit, list[dict[str, Any]]()

    def watched(self: Trainer, model: Any) -> list[Epoch]:
        seen.append(named(model))
        return fit(self, model)

    monkeypatch.setattr(Trainer, "fit", watched)
    base, run = network(), trainer()
    scores = taylor.scores(base, channel_groups(base, zero_padding=False), run.train.spread(50))
    first = {name: np.argsort(own)[::-1][: len(own) // 4] for name, own in scores.items()}
    compress(method, run, base)
    stem, pointwise = (base.get_layer(name).get_weights()[0] for name in ("stem", "pointwise"))
    assert np.array_equal(seen[0]["stem_g1/kernel:0"], stem[..., first["stem"]])
    chosen = pointwise[:, :, first["stem"]][..., first["pointwise"]]
    assert np.array_equal(seen[0]["pointwise_g1/kernel:0"], chosen)
    assert seen[3]["pointwise_g4/kernel:0"].shape[2] == (32 if method == "incremental" else 8)
    assert not seen[3]["logits_g4/kernel:0"].any() and seen[3]["pointwise_g4/kernel:0"].any()


@pytest.mark.parametrize(
    "method, left",
    [
        ("incremental", {"step1": 2, "step2": 1}),
        ("incremental", {"step1": 2, "step2": 2, "step3": 2}),
        ("incremental_block", {"step1": 1}),
    ],
)
def test_one_that_was_killed_ends_in_the_same_bytes(method: str, left: dict[str, int]) -> None:
    done, states = whole(method)
    kept = {name: states[name][:count] for name, count in left.items()}
    again = compress(method, trainer_of(kept))
    assert same_bytes(again.model, done.model) and again.record == done.record
    assert [replace(row, seconds=0) for row in again.history] == [replace(row, seconds=0) for row in done.history]
    assert len(kept["step1"]) == 2, "what was done was not trained again"


@METHOD
def test_levels_alone_train_all_their_groups_through_as_many_steps(method: str) -> None:
    states: dict[str, list[Any]] = {}
    done = compress(f"{method}_alone", trainer_of(states))
    family, _ = whole(method)
    steps_of = {"w25": 1, "w50": 2, "w75": 3, "w100": 4}
    assert {name: len(kept) for name, kept in states.items() if kept} == {
        f"{key}_step{number}": 2 for key, count in steps_of.items() for number in range(1, count + 1)
    }
    rates = [row.learning_rate for row in family.history[:2]]
    assert [row.learning_rate for row in done.history] == rates * 10
    assert [(row.epoch, row.selectable) for row in done.history] == [(n, int(n > 18)) for n in range(1, 21)]
    told = ("width", "macs", "weights", "parameters")
    assert [[row[key] for key in told] for row in done.record["levels"]] == [
        [row[key] for key in told] for row in family.record["levels"]
    ]
    assert list(done.levels) == NAMES
    seen: set[int] = set()
    for key, level in done.levels.items():
        assert {name: one.shape for name, one in named(level).items()} == {
            name: one.shape for name, one in named(family.levels[key]).items()
        }
        assert not seen & {id(weight) for weight in level.weights}, "levels share weights"
        seen |= {id(weight) for weight in level.weights}
    first, last = (states[name][-1] for name in ("w50_step1", "w50_step2"))
    kernels = [number for number, weight in enumerate(done.levels["w50"].weights) if "kernel" in weight.name]
    assert all((first[f"variable_{number:04d}"] != last[f"variable_{number:04d}"]).any() for number in kernels)


def test_the_narrowest_level_is_the_same_alone() -> None:
    family, _ = whole("incremental")
    assert same_bytes(compress("incremental_alone", trainer()).levels["w25"], family.levels["w25"])


def test_a_network_with_residual_sums_is_refused_before_it_is_trained() -> None:
    with pytest.raises(StudyError, match="ties channels together: only networks without residual sums"):
        compress("incremental", trainer(), residual())
