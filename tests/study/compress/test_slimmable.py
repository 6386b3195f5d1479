"""Slimmable families: several widths of one network, trained together."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tiny_training import STRUCTURED, named, network, trainer, trainer_of

from study.compress.slimmable import slimmable
from study.compress.uniform import uniform
from study.networks.channels.prefixes import first_channels
from study.networks.training import Hooks, Trainer, evaluate
from study.tasks import classification_loss

pytestmark = pytest.mark.tf

SPEC = replace(STRUCTURED, finetune_epochs=2, multiple=4)


def shared(levels: dict[str, Any]) -> None:
    """The kernels of every level are the first channels of the widest one's."""
    wide = named(levels["w100"])
    for model in levels.values():
        for name, array in named(model).items():
            if "kernel" in name or "bias" in name:
                assert array.tobytes() == wide[name][tuple(map(slice, array.shape))].tobytes(), name


def test_levels_share_their_kernels_and_have_a_batch_normalisation_each() -> None:
    done = slimmable.compress(network(), 25, SPEC, trainer())
    assert list(done.levels) == ["w100", "w75", "w50", "w25"] and done.model is done.levels["w100"]
    shared(dict(done.levels))
    for name, model in done.levels.items():
        width = int(name[1:])
        keep = first_channels(done.model, width, 4, streams=True)
        assert model.get_layer("pointwise").filters == len(keep.get("pointwise", range(64)))
    norms = [named(model)["norm/gamma:0"][:8] for model in done.levels.values()]
    assert all(not np.array_equal(norms[0], other) for other in norms[1:])


def test_the_record_tells_what_each_level_costs_and_reaches() -> None:
    own = trainer()
    done = slimmable.compress(network(), 25, SPEC, own)
    rows = {row["width"]: row for row in done.record["levels"]}
    assert list(rows) == [100, 75, 50, 25]
    for name, model in done.levels.items():
        predict = tf.function(lambda images, model=model: model(images, training=False))
        assert rows[int(name[1:])]["val_accuracy"] == evaluate(predict, own.validation)[1]
    kernels = {width: row["weights"] for width, row in rows.items()}
    assert kernels[100] == sum(array.size for name, array in named(done.model).items() if "kernel" in name)
    best = max(done.history, key=lambda row: row.val_accuracy)
    assert np.mean([row["val_accuracy"] for row in rows.values()]) == pytest.approx(best.val_accuracy)


def test_labels_teach_the_widest_level_and_it_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Hooks] = []
    fit = Trainer.fit
    monkeypatch.setattr(Trainer, "fit", lambda self, model, hooks: [seen.append(hooks), fit(self, model, hooks)][1])
    done = slimmable.compress(network(), 50, SPEC, trainer())
    assert seen[0].objective
    images = np.random.default_rng(0).uniform(-1, 1, (16, 8, 8, 3)).astype(np.float32)
    labels = tf.constant(np.arange(16) % 10)
    for layer in (layer for model in done.levels.values() for layer in model.layers if hasattr(layer, "rate")):
        layer.rate = 0.0
    loss, logits = seen[0].objective.loss(images, labels, 0.05)
    outputs = [model(images, training=True) for model in done.levels.values()]
    np.testing.assert_allclose(logits, outputs[0], atol=1e-5)
    soft = tf.nn.softmax(outputs[0])
    wanted = classification_loss.loss(labels, outputs[0], 0.05) + sum(
        tf.reduce_mean(-tf.reduce_sum(soft * tf.nn.log_softmax(other), axis=1)) for other in outputs[1:]
    )
    assert float(loss) == pytest.approx(float(wanted), rel=1e-5)


def test_a_teacher_is_not_moved_by_what_it_teaches() -> None:
    teacher, pupil = tf.Variable([[1.0, 2.0]]), tf.Variable([[0.0, 0.0]])
    with tf.GradientTape() as tape:
        loss = classification_loss.distillation(teacher, pupil)
    assert float(loss) == pytest.approx(np.log(2))
    moved, own = tape.gradient(loss, [teacher, pupil])
    assert moved is None
    np.testing.assert_allclose(own, [[0.5, 0.5]] - np.exp([[1.0, 2.0]]) / np.exp([1.0, 2.0]).sum(), atol=1e-6)


def test_a_killed_run_ends_in_the_same_bits() -> None:
    states: dict[str, list[Any]] = {}
    whole = slimmable.compress(network(), 25, SPEC, trainer_of(states))
    states["slimmable"] = states["slimmable"][:1]
    resumed = slimmable.compress(network(), 25, SPEC, trainer_of(states))
    assert len(states["slimmable"]) == SPEC.finetune_epochs  # the first was not trained again
    assert [replace(row, seconds=0) for row in resumed.history] == [replace(row, seconds=0) for row in whole.history]
    for name, model in whole.levels.items():
        for weight, other in zip(model.weights, resumed.levels[name].weights, strict=True):
            assert weight.numpy().tobytes() == other.numpy().tobytes(), (name, weight.name)


def test_a_uniform_network_has_the_channels_of_a_level_and_trains_alone() -> None:
    level = slimmable.compress(network(), 25, SPEC, trainer()).levels["w25"]
    alone = uniform.compress(network(), 75, SPEC, trainer()).model
    assert {name: array.shape for name, array in named(alone).items()} == {
        name: array.shape for name, array in named(level).items()
    }
    assert len(alone.trainable_weights) > len(level.trainable_weights)
