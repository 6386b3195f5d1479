"""Statistics of batch normalisation."""

from typing import Any

import numpy as np
import pytest
import tf_keras
from tf_keras import layers

from study.data.augment import normalise
from study.data.examples import Examples
from study.errors import StudyError
from study.networks import batch_norm

pytestmark = pytest.mark.tf


def images() -> Any:
    rng = np.random.default_rng(1)
    return Examples(rng.integers(0, 256, (70, 8, 8, 3)).astype(np.uint8), rng.integers(0, 10, 70))


def two_norms() -> Any:
    """Dropout in front of the second normalisation, so that it would show in its statistics."""
    tf_keras.utils.set_random_seed(0)
    image = layers.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, 2, "same", name="stem")(image)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.7, name="first")(x))
    x = layers.Conv2D(16, 1, name="pointwise")(layers.Dropout(0.5, name="dropout")(x))
    x = layers.BatchNormalization(momentum=0.999, name="second")(x)
    return tf_keras.Model(image, layers.Dense(10, name="logits")(layers.GlobalAveragePooling2D()(x)))


@pytest.mark.parametrize("batch, batches", [(500, [70]), (35, [35, 35]), (30, [30, 30])])
def test_statistics_are_averages_over_the_training_images(
    monkeypatch: pytest.MonkeyPatch, batch: int, batches: list[int]
) -> None:
    monkeypatch.setattr(batch_norm, "BATCH", batch)
    model, examples = two_norms(), images()
    batch_norm.reestimate(model, examples)
    stem = tf_keras.Model(model.input, model.get_layer("stem").output)
    used = examples.spread(sum(batches)).images
    values = [stem(normalise(used[number :: len(batches)])).numpy() for number in range(len(batches))]
    assert [len(value) for value in values] == batches
    _, _, mean, variance = model.get_layer("first").get_weights()
    np.testing.assert_allclose(mean, np.mean([v.mean((0, 1, 2)) for v in values], 0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(variance, np.mean([v.var((0, 1, 2), ddof=1) for v in values], 0), rtol=1e-4)


def test_a_layer_sees_the_others_normalised_and_nothing_dropped() -> None:
    model, examples = two_norms(), images()
    batch_norm.reestimate(model, examples)
    before = tf_keras.Model(model.input, model.get_layer("pointwise").output)
    values = before(normalise(examples.images), training=False).numpy()
    _, _, mean, variance = model.get_layer("second").get_weights()
    np.testing.assert_allclose(mean, values.mean((0, 1, 2)), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(variance, values.var((0, 1, 2), ddof=1), rtol=1e-3)


def test_sorted_examples_are_seen_all_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """A split may be sorted by class: statistics of its first images would be those of a few classes."""
    monkeypatch.setattr(batch_norm, "BATCH", 10)
    monkeypatch.setattr(batch_norm, "BATCHES", 2)
    levels = np.repeat(np.arange(0, 250, 25), 20).astype(np.uint8)
    by_class = Examples(np.broadcast_to(levels[:, None, None, None], (200, 8, 8, 3)).copy(), np.repeat(range(10), 20))
    model = two_norms()
    seen: list[Any] = []
    monkeypatch.setattr(batch_norm, "normalise", lambda images: seen.append(images) or normalise(images))
    batch_norm.reestimate(model, by_class)
    assert [sorted(set(batch[:, 0, 0, 0].tolist())) for batch in seen] == [list(range(0, 250, 25))] * 2


def test_momenta_and_rates_are_restored() -> None:
    model = two_norms()
    batch_norm.reestimate(model, images())
    assert [model.get_layer(name).momentum for name in ("first", "second")] == [0.7, 0.999]
    assert model.get_layer("dropout").rate == 0.5


def test_statistics_are_repeatable() -> None:
    models = [two_norms(), two_norms()]
    for model in models:
        batch_norm.reestimate(model, images())
    for weight, other in zip(models[0].weights, models[1].weights, strict=True):
        assert weight.numpy().tobytes() == other.numpy().tobytes(), weight.name


def test_statistics_that_are_not_finite_are_named() -> None:
    model = two_norms()
    kernel, bias = model.get_layer("stem").get_weights()
    model.get_layer("stem").set_weights([kernel * 1e38, bias])
    with pytest.raises(StudyError, match="first: the statistics are not finite"):
        batch_norm.reestimate(model, images())
    assert [model.get_layer(name).momentum for name in ("first", "second")] == [0.7, 0.999]
