"""Options of the recipe in a training: killed and resumed to the same bytes, judged and kept as they say."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tiny_training import TRAINING, network, same_bytes, trainer

from study.data.augment import normalise
from study.networks import training
from study.networks.training import Epoch, Hooks, Resume, Trainer

pytestmark = pytest.mark.tf

OPTIONS: dict[str, dict[str, Any]] = {
    "cutout": {"cutout": 4},
    "erasing": {"erasing": 0.5},
    "randaugment": {"randaugment": 2},
    "mixup": {"mixup": 0.3},
    "cutmix": {"cutmix": 1.0, "mixed": 0.5},
    "average": {"average": 0.9},
}
OPTIONS["all"] = {key: value for option in OPTIONS.values() for key, value in option.items()}


def run(option: str, resume: Resume | None = None, **changed: Any) -> Trainer:
    spec = replace(TRAINING, **({"epochs": 3, "learning_rate": 0.01} | OPTIONS.get(option, {}) | changed))
    return replace(trainer(), spec=spec, resume=resume or Resume())


@cache
def undisturbed(option: str) -> tuple[Any, list[Epoch], list[Any]]:
    model, stored = network(), list[Any]()
    history = run(option, Resume(save=stored.append)).fit(model)
    return model, history, stored


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_a_killed_run_ends_in_the_same_bytes(option: str) -> None:
    whole, expected, stored = undisturbed(option)
    resumed = network(seed=99)
    history = run(option, Resume(load=lambda: stored[0])).fit(resumed)
    assert [replace(row, seconds=0) for row in history] == [replace(row, seconds=0) for row in expected]
    assert same_bytes(whole, resumed)
    assert all(np.isfinite([row.train_loss, row.val_loss]).all() and 0 <= row.train_accuracy <= 1 for row in history)


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_an_option_makes_another_network(option: str) -> None:
    assert not same_bytes(undisturbed(option)[0], undisturbed("none")[0])


def test_options_that_are_off_leave_the_state_as_it_was() -> None:
    _, _, stored = undisturbed("none")
    model = network()
    variables = [*model.variables, *training._optimizer(model, TRAINING).variables]
    assert sorted(stored[0]) == sorted(
        ["history", *(f"variable_{i:04d}" for i in range(len(variables)))]
        + [f"best_{i:04d}" for i in range(len(model.weights))]
    )


def test_averaging_leaves_the_training_itself_as_it_was() -> None:
    plain, averaged = undisturbed("none"), undisturbed("average")
    assert [(row.train_loss, row.train_accuracy) for row in plain[1]] == [
        (row.train_loss, row.train_accuracy) for row in averaged[1]
    ]
    for name, array in plain[2][-1].items():
        if name.startswith("variable_"):
            assert array.tobytes() == averaged[2][-1][name].tobytes(), name


def test_the_average_of_the_best_epoch_is_kept_and_judged() -> None:
    model, snapshots, own = network(), list[Any](), run("average", epochs=2)
    history = own.fit(model, Hooks(after_step=lambda step, rate: snapshots.append(model.get_weights())))
    value = [np.asarray(one, np.float64) for one in network().get_weights()]
    after = []
    for step, weights in enumerate(snapshots):
        decay = min(0.9, (1 + step) / (10 + step))
        value = [decay * old + (1 - decay) * new for old, new in zip(value, weights, strict=True)]
        if not (step + 1) % own.steps_per_epoch:
            after.append(value)
    best = max(history, key=lambda row: row.val_accuracy)
    for found, wanted in zip(model.get_weights(), after[best.epoch - 1], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    logits = model(normalise(own.validation.images), training=False).numpy()
    assert (logits.argmax(1) == own.validation.labels).mean() == pytest.approx(best.val_accuracy)


def test_hooks_see_their_own_weights_first_and_the_average_after() -> None:
    model, told = network(), list[Any]()
    hooks = Hooks(
        before_evaluation=lambda epoch: told.append(("own", epoch, model.get_weights())),
        on_average=lambda epoch: told.append(("average", epoch, model.get_weights())),
    )
    run("average", epochs=2).fit(model, hooks)
    assert [one[:2] for one in told] == [("own", 1), ("average", 1), ("own", 2), ("average", 2)]
    assert not np.array_equal(told[0][2][0], told[1][2][0])
    told.clear()
    run("none", epochs=1).fit(network(), hooks)
    assert [one[:2] for one in told] == [("own", 1)]


def test_mixed_batches_count_the_class_of_the_larger_share() -> None:
    """A network that always answers class 0 is right on those batches where most of an image is of class 0."""
    model = network()
    kernel, _ = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([np.zeros_like(kernel), np.eye(10)[0] * 50])
    own = run("mixup", epochs=1, learning_rate=1e-12)
    batches = list(training._batches(own, 1, 10))
    wanted = np.mean([labels.argmax(axis=1) == 0 for _, labels in batches])
    history = own.fit(model)
    assert history[0].train_accuracy == pytest.approx(wanted) and wanted > 0


def test_the_loss_of_a_mixed_image_is_the_mixture_of_its_two_losses() -> None:
    model = network()
    objective = training._own_objective(model)
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 3)).astype(np.float32))
    for layer in (layer for layer in model.layers if isinstance(layer, tf_keras.layers.Dropout)):
        layer.rate = 0.0
    first, second = np.array([0, 1, 2, 3]), np.array([3, 3, 9, 0])
    shares = 0.3 * np.eye(10)[first] + 0.7 * np.eye(10)[second]
    mixed, one, two = (
        float(objective.loss(images, tf.constant(labels), 0.1)[0])
        for labels in (shares.astype(np.float32), first, second)
    )
    assert mixed == pytest.approx(0.3 * one + 0.7 * two, rel=1e-5)
