"""Distillation: its loss by the definition, a teacher that stays as it is, and every method that trains under it."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tiny_training import STRUCTURED, examples, network, same_bytes, trainer, trainer_of

from study.compress import METHODS
from study.data.augment import normalise
from study.errors import StudyError
from study.networks.distillation import TaughtTrainer, Teacher, taught
from study.networks.training import Hooks, Objective, Trainer
from study.registry import load
from study.specs.pruning import PruningSpec
from study.tasks import classification_loss as task

pytestmark = pytest.mark.tf

PRUNING = PruningSpec(epochs=2, learning_rate=0.004, ramp=0.5, frequency=2)
SPECS = {"pruning": PRUNING, "structured": STRUCTURED}
TAUGHT = sorted(name for name, one in METHODS.items() if one.trains and one.kind != "family" and not one.chain)


def under(own: Trainer, teacher: Teacher | None) -> TaughtTrainer:
    return TaughtTrainer(**{field.name: getattr(own, field.name) for field in fields(Trainer)}, teacher=teacher)


def compressed(method: str, own: Trainer) -> Any:
    amount = 0 if METHODS[method].kind == "control" else 50
    return load(METHODS, method, "compress")(network(), amount, SPECS[METHODS[method].section], own)


def without_dropout() -> Any:
    model = network()
    for layer in model.layers:
        if type(layer).__name__ == "Dropout":
            layer.rate = 0.0
    return model


@pytest.mark.parametrize("weight", [0.3, 1.0])
def test_the_loss_mixes_that_of_the_labels_with_the_divergence_from_the_teacher(weight: float) -> None:
    student, other, batch = without_dropout(), network(seed=1), examples(6)
    images = tf.constant(normalise(batch.images))
    loss, logits = taught(student, Teacher(other, weight, 2.0)).loss(images, tf.constant(batch.labels), 0.1)
    np.testing.assert_array_equal(logits, student(images, training=True))
    own = task.loss(batch.labels, logits, 0.1)
    learned = task.softened(other(images, training=False), logits, 2.0)
    assert float(loss) == pytest.approx((1 - weight) * float(own) + weight * float(learned), rel=1e-6)
    assert float(learned) > 1e-3 and float(own) > 1e-3


def test_the_teacher_has_no_gradient_and_stays_as_it_is() -> None:
    student, other, batch = network(), network(seed=1), examples(6)
    before = [weight.tobytes() for weight in other.get_weights()]
    everything = other.variables
    objective = taught(student, Teacher(other, 0.5, 2.0))
    with tf.GradientTape() as tape:
        tape.watch(everything)
        loss, _ = objective.loss(tf.constant(normalise(batch.images)), tf.constant(batch.labels), 0.1)
    assert {found is None for found in tape.gradient(loss, everything)} == {True}
    assert not other.trainable_variables and objective.networks == [student]
    under(trainer(), Teacher(other, 0.5, 2.0)).phase("x", 2, 0.1).fit(student)
    assert [weight.tobytes() for weight in other.get_weights()] == before


def test_teacher_and_student_are_given_the_same_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Augmented by the trainer, once: what comes into the loss goes to both."""
    seen: list[Any] = []

    class Witness:
        trainable = True

        def __init__(self, model: Any) -> None:
            self.model = model

        def __call__(self, images: Any, training: bool) -> Any:
            seen.append((images, training))
            return self.model(images, training=training)

    student: Any = Witness(network())
    batch = tf.constant(normalise(examples(6).images))
    taught(student, Teacher(Witness(network(seed=1)), 0.5, 2.0)).loss(batch, tf.zeros(6, tf.int64), 0.1)
    assert [training for _, training in seen] == [True, False]
    assert seen[0][0] is seen[1][0] is batch


@pytest.mark.parametrize("method", ["magnitude", "retrained", "sfp"])
def test_without_a_teacher_it_is_the_plain_trainer_to_the_byte(method: str) -> None:
    plain, own = compressed(method, trainer()), compressed(method, under(trainer(), None))
    assert same_bytes(plain.model, own.model)
    assert [replace(row, seconds=0) for row in plain.history] == [replace(row, seconds=0) for row in own.history]


def test_a_weight_of_0_is_the_training_without_a_teacher() -> None:
    plain, own = network(), network()
    trainer().phase("x", 2, 0.01).fit(plain)
    under(trainer(), Teacher(network(seed=1), 0.0, 4.0)).phase("x", 2, 0.01).fit(own)
    for one, two in zip(plain.get_weights(), own.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", TAUGHT)
def test_whatever_a_method_or_its_control_trains_learns_from_the_teacher(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked: list[tuple[Any, Hooks]] = []
    monkeypatch.setattr(Trainer, "fit", lambda self, model, hooks: hooked.append((model, hooks)) or [])
    compressed(method, under(trainer(), Teacher(network(seed=1), 0.5, 2.0)))
    assert hooked and all(hooks.objective and hooks.objective.networks == [model] for model, hooks in hooked)


@pytest.mark.parametrize("method", ["magnitude", "asfp"])
def test_a_killed_run_under_a_teacher_ends_in_the_same_bits(method: str) -> None:
    states: dict[str, list[Any]] = {}
    teacher = Teacher(network(seed=1), 0.5, 2.0)
    whole = compressed(method, under(trainer_of(states), teacher))
    first = next(iter(states.values())) if len(states) == 1 else states[list(states)[1]]
    del first[1:]
    resumed = compressed(method, under(trainer_of(states), teacher))
    assert same_bytes(whole.model, resumed.model)
    assert [replace(row, seconds=0) for row in resumed.history] == [replace(row, seconds=0) for row in whole.history]


def test_a_loss_of_its_own_leaves_no_place_for_a_teacher() -> None:
    model = network()
    hooks = Hooks(objective=Objective(lambda images, labels, smoothing: (0.0, 0.0), [model]))
    with pytest.raises(StudyError, match=r"^tiny: this method has a loss of its own.*distillation_weight .* to 0$"):
        under(trainer(), Teacher(network(seed=1), 0.5, 2.0)).fit(model, hooks)
