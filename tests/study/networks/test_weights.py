"""Weights as named arrays."""

from typing import Any

import numpy as np
import pytest
import tf_keras
from tf_keras import layers

from study.errors import StudyError
from study.networks.weights import set_arrays, to_arrays

pytestmark = pytest.mark.tf


def network(width: int = 4, last: str = "logits") -> Any:
    image = layers.Input((8, 8, 3))
    x = layers.BatchNormalization(name="norm")(layers.Conv2D(width, 3, name="conv")(image))
    return tf_keras.Model(image, layers.Dense(2, name=last)(layers.GlobalAveragePooling2D()(x)))


def test_weights_survive_the_round_trip() -> None:
    model, other = network(), network()
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.weights])
    arrays = to_arrays(model)
    assert len(arrays) == len(model.weights) == 8
    set_arrays(other, dict(reversed(arrays.items())))  # by name, not by place
    for weight, copy in zip(model.get_weights(), other.get_weights(), strict=True):
        assert weight.tobytes() == copy.tobytes()


def test_a_missing_weight_is_named() -> None:
    with pytest.raises(StudyError, match=r"no logits/kernel:0: it belongs to another architecture"):
        set_arrays(network(), to_arrays(network(last="other")))


def test_another_shape_is_named() -> None:
    with pytest.raises(StudyError, match=r"conv/kernel:0 has shape \(3, 3, 3, 5\).*\(3, 3, 3, 4\)"):
        set_arrays(network(), to_arrays(network(width=5)))


def test_a_surplus_weight_is_named_and_nothing_is_set() -> None:
    model = network()
    before = to_arrays(model)
    changed = {name: array + 1 for name, array in before.items()}
    with pytest.raises(StudyError, match="extra"):
        set_arrays(model, changed | {"extra": np.zeros(1)})
    for name, array in to_arrays(model).items():
        np.testing.assert_array_equal(array, before[name])
