"""The moving average of weights: its recurrence, what it covers, how it stands in a model."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras import layers

from study.networks.averaging import averaging, decay_at

pytestmark = pytest.mark.tf


def network() -> Any:
    tf_keras.utils.set_random_seed(0)
    image = layers.Input((8, 8, 3))
    x = layers.BatchNormalization(name="norm")(layers.Conv2D(4, 3, name="stem")(image))
    x = layers.BatchNormalization(name="frozen", trainable=False)(layers.Conv2D(4, 1, name="second")(x))
    return tf_keras.Model(image, layers.Dense(3, name="logits")(layers.GlobalAveragePooling2D()(x)))


def test_the_decay_rises_to_its_value() -> None:
    assert decay_at(0, 0.99) == 0.1 and decay_at(8, 0.99) == 0.5
    assert decay_at(890, 0.99) == 891 / 900 and decay_at(891, 0.99) == 0.99 == decay_at(10**6, 0.99)
    assert decay_at(3, 0.2) == 0.2


def test_the_average_is_its_recurrence() -> None:
    model, rng = network(), np.random.default_rng(0)
    average = averaging(model, 0.6)
    trained = [weight for weight in model.weights if not weight.name.startswith("frozen/")]
    wanted = [weight.numpy().astype(np.float64) for weight in trained]
    for step in range(12):
        for weight in trained:
            weight.assign(rng.normal(size=weight.shape))
        average.update(step)
        decay = min(0.6, (1 + step) / (10 + step))
        wanted = [decay * old + (1 - decay) * weight.numpy() for old, weight in zip(wanted, trained, strict=True)]
    with average.standing():
        for weight, value in zip(trained, wanted, strict=True):
            np.testing.assert_allclose(weight.numpy(), value, rtol=1e-5, atol=1e-6, err_msg=weight.name)


def test_what_does_not_change_is_its_average_to_the_bit() -> None:
    model, rng = network(), np.random.default_rng(0)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.weights])
    before = model.get_weights()
    average = averaging(model, 0.9)
    for step in range(20):
        average.update(step)
    with average.standing():
        assert [one.tobytes() for one in model.get_weights()] == [one.tobytes() for one in before]


def test_the_training_goes_on_from_its_own_weights_whatever_is_done_to_the_average() -> None:
    model = network()
    average = averaging(model, 0.9)
    before = model.get_weights()
    values = [value.numpy() for value in average.values]
    with pytest.raises(KeyError), average.standing():
        model.set_weights([np.zeros_like(one) for one in before])
        raise KeyError
    assert [one.tobytes() for one in model.get_weights()] == [one.tobytes() for one in before]
    assert [one.numpy().tobytes() for one in average.values] == [one.tobytes() for one in values]


def test_no_decay_is_no_average() -> None:
    model = network()
    average, before = averaging(model, 0.0), model.get_weights()
    average.update(0)
    with average.standing():
        assert not average.values and isinstance(model.get_layer("stem").kernel, tf.Variable)
    assert [one.tobytes() for one in model.get_weights()] == [one.tobytes() for one in before]
