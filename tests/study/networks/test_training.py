"""Training: its schedule, its choice of an epoch, and that a killed run ends in the same bits."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras import layers
from training_specs import TINY as SPEC

from study.data.examples import Examples
from study.errors import StudyError
from study.networks import training
from study.networks.training import Hooks, Resume, Trainer
from study.specs.training import TrainingSpec

pytestmark = pytest.mark.tf


def network(seed: int = 0) -> Any:
    tf_keras.utils.set_random_seed(seed)
    image = layers.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, 2, "same", use_bias=False)(image)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.999)(x))
    x = layers.ReLU()(layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same")(x)))
    x = layers.Conv2D(16, 1, activation="relu")(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return tf_keras.Model(image, layers.Dense(3, name="logits")(x))


def examples(count: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return Examples(rng.integers(0, 256, (count, 8, 8, 3)).astype(np.uint8), rng.integers(0, 3, count))


def trainer(spec: TrainingSpec = SPEC, load: Any = None, save: Callable[[Any], None] = lambda state: None) -> Any:
    resume = Resume(load=lambda: load, save=save)
    return Trainer(examples(70, 1), examples(40, 2), spec, seed=5, resume=resume, label="tiny")


@pytest.mark.parametrize("steps, warmup", [(10, 2.0), (7, 0.5), (5, 0.0)])
def test_learning_rate_follows_its_definition(steps: int, warmup: float) -> None:
    spec = replace(SPEC, epochs=6, warmup_epochs=warmup, learning_rate=0.2)
    rates = [training.learning_rate(step, steps, spec) for step in range(6 * steps)]
    rising = math.ceil(warmup * steps)
    for step, rate in enumerate(rates):
        if step < rising:
            assert rate == pytest.approx(0.2 * (step + 1) / (warmup * steps + 1))
        else:
            angle = math.pi * (step - warmup * steps) / (6 * steps - warmup * steps)
            assert rate == pytest.approx(0.2 * math.cos(angle / 2) ** 2)
    assert all(0 < rate <= 0.2 for rate in rates)
    assert rates == sorted(rates[:rising]) + sorted(rates[rising:], reverse=True)
    assert training.learning_rate(6 * steps, steps, spec) == pytest.approx(0.0, abs=1e-12)


@cache
def undisturbed() -> tuple[Any, Any, list[Any], list[tuple[int, float]]]:
    """A whole run: the network, its history, the states it kept and what was told after each step."""
    model, stored, told = network(), [], []
    history = trainer(save=stored.append).fit(model, Hooks(after_step=lambda step, rate: told.append((step, rate))))
    return model, history, stored, told


def test_a_killed_run_ends_in_the_same_bits() -> None:
    whole, expected, *_ = undisturbed()
    kept: list[Any] = []

    def save_and_die(state: Any) -> None:
        kept.append(state)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer(save=save_and_die).fit(network())
    resumed = network(seed=99)  # whatever it starts from, the state takes its place
    history = trainer(load=kept[0]).fit(resumed)

    assert [replace(row, seconds=0) for row in history] == [replace(row, seconds=0) for row in expected]
    assert [row.epoch for row in history] == [1, 2, 3]
    for weight, other in zip(whole.weights, resumed.weights, strict=True):
        assert weight.numpy().tobytes() == other.numpy().tobytes(), weight.name


def test_a_finished_run_is_restored_without_training() -> None:
    whole, expected, stored, _ = undisturbed()
    again = network(seed=99)
    assert trainer(load=stored[-1]).fit(again) == expected
    for weight, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)


@pytest.mark.parametrize("select_from, best", [(1, 2), (2, 2), (3, 3)])
def test_the_best_epoch_by_validation_remains(select_from: int, best: int) -> None:
    # Before each evaluation the network is made to answer one class, which 20, 50 and 30 % of the images have.
    model, answers = network(), iter([2, 0, 1])
    labels = np.repeat([0, 1, 2], [20, 12, 8])

    def answer_one_class(epoch: int) -> None:
        model.get_layer("logits").set_weights([np.zeros((16, 3)), np.eye(3)[next(answers)]])

    still = replace(SPEC, learning_rate=1e-12)
    run = replace(trainer(still), validation=Examples(examples(40, 2).images, labels))
    history = run.fit(model, Hooks(before_evaluation=answer_one_class, select_from=select_from))
    assert [row.val_accuracy for row in history] == [0.2, 0.5, 0.3]
    assert model.get_layer("logits").get_weights()[1].argmax() == {2: 0, 3: 1}[best]


def test_of_equal_epochs_the_first_remains() -> None:
    model, answers = network(), iter([1, 2, 3])

    def answer(epoch: int) -> None:
        model.get_layer("logits").set_weights([np.zeros((16, 3)), np.array([next(answers), 0, 0])])

    trainer(replace(SPEC, learning_rate=1e-12)).fit(model, Hooks(before_evaluation=answer))
    assert model.get_layer("logits").get_weights()[1][0] == 1


def test_a_step_is_followed_by_its_number_and_rate() -> None:
    *_, told = undisturbed()
    steps = trainer().steps_per_epoch
    assert told == [(step, training.learning_rate(step, steps, SPEC)) for step in range(12)]


def test_variables_of_a_method_are_resumed() -> None:
    stored: list[Any] = []

    def counted(fit: Any) -> float:
        count = tf.Variable(0.0)
        fit(network(), Hooks(after_step=lambda step, rate: count.assign_add(1.0), state=[count]))
        return float(count)

    assert counted(trainer(save=stored.append).fit) == 12
    assert counted(trainer(load=stored[1]).fit) == 12  # eight of them before it was resumed


def test_a_phase_has_its_own_length_rate_and_states() -> None:
    asked: list[str] = []

    def phase(name: str) -> Any:
        asked.append(name)
        return Resume()

    run = replace(trainer(), resume=Resume(phase=phase))
    spec = run.phase("finetune", 2, 0.5).spec
    assert (spec.epochs, spec.learning_rate, spec.batch_size, asked) == (2, 0.5, SPEC.batch_size, ["finetune"])
    assert spec.warmup_epochs == 0.2 and run.phase("finetune", 20, 0.5).spec.warmup_epochs == SPEC.warmup_epochs


def test_a_loss_that_is_not_finite_is_refused() -> None:
    model = network()
    model.get_layer("logits").set_weights([np.full((16, 3), np.nan), np.zeros(3)])
    with pytest.raises(StudyError, match="tiny: the loss is not finite in epoch 1"):
        trainer().fit(model)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_an_empty_split_is_refused(split: str) -> None:
    run = replace(trainer(), **{split: examples(0, 3)})
    with pytest.raises(StudyError, match="empty"):
        run.fit(network())


def test_epochs_are_whole_batches() -> None:
    run = trainer()
    assert (run.steps_per_epoch, run.images_per_epoch) == (4, 64)
    few = replace(run, train=examples(10, 1))
    assert (few.steps_per_epoch, few.images_per_epoch) == (1, 10)


def test_weight_decay_spares_vectors() -> None:
    model = network()
    model.set_weights([np.full(weight.shape, 2.0) for weight in model.weights])
    optimizer = training._optimizer(model, replace(SPEC, learning_rate=0.1, weight_decay=0.5))
    zeros = [tf.zeros_like(variable) for variable in model.trainable_variables]
    optimizer.apply_gradients(zip(zeros, model.trainable_variables, strict=True))
    shapes = {len(variable.shape) for variable in model.trainable_variables}
    assert shapes == {1, 2, 4}
    for variable in model.trainable_variables:
        expected = 2.0 if len(variable.shape) == 1 else 2.0 * (1 - 0.1 * 0.5)
        np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-6, err_msg=variable.name)


@pytest.mark.parametrize("use_bias", [False, True])
def test_a_pointwise_product_is_the_convolution(use_bias: bool) -> None:
    image = layers.Input((5, 4, 6))
    model = tf_keras.Model(image, layers.Conv2D(7, 1, use_bias=use_bias, bias_initializer="ones")(image))
    images = tf.constant(np.random.default_rng(0).normal(size=(3, 5, 4, 6)).astype(np.float32))

    def outputs_and_gradients() -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = model(images)
            total = tf.reduce_sum(tf.sin(outputs))
        return [outputs, *tape.gradient(total, [images, *model.trainable_variables])]

    expected = outputs_and_gradients()
    training._multiply_pointwise(model)
    assert model.layers[-1].convolution_op.__name__ == "product"
    for found, wanted in zip(outputs_and_gradients(), expected, strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-4, atol=1e-5)


def test_only_pointwise_convolutions_of_stride_1_become_products() -> None:
    image = layers.Input((8, 8, 4))
    kinds = [layers.Conv2D(4, 1, 2), layers.Conv2D(4, 3), layers.DepthwiseConv2D(1)]
    model = tf_keras.Model(image, [layer(image) for layer in kinds])
    training._multiply_pointwise(model)
    assert not [layer for layer in kinds if getattr(layer.convolution_op, "__name__", "") == "product"]


def test_evaluate_is_mean_cross_entropy_and_top1() -> None:
    split = examples(7, 3)
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(7, 3)).astype(np.float32)
    parts = iter([logits[:4], logits[4:]])
    loss, accuracy = training.evaluate(lambda images: tf.constant(next(parts)), split, batch_size=4)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert loss == pytest.approx(-np.log(shares[np.arange(7), split.labels]).mean(), rel=1e-6)
    assert accuracy == (logits.argmax(1) == split.labels).mean()
