"""Masks by magnitude, on arrays small enough to be checked by hand."""

import numpy as np
import pytest
import tf_keras
from tiny_training import built

from study.compress.masks import Kernel, kernels, magnitude_mask, pruned_layers
from study.errors import StudyError

pytestmark = pytest.mark.tf


SHAPES = pytest.mark.parametrize("shape", [(7,), (3, 3, 3, 32), (1, 1, 16, 24), (100, 10)])
SMALL_LAYERS = {
    "mobilenet": (2, 0.09),
    "mobilenet_v2": (7, 0.73),
    "mobilenet_v3_large": (18, 1.21),
    "mobilenet_v3_small": (11, 1.03),
    "efficientnet_b0": (20, 0.94),
}
STEM = Kernel("stem", "Conv2D", 27)
SPARSITIES = pytest.mark.parametrize("sparsity", [0.0, 0.3, 0.5, 0.6, 0.9, 0.999, 1.0])


@SHAPES
@SPARSITIES
def test_exactly_the_fraction_of_the_smallest_is_cut(shape: tuple[int, ...], sparsity: float) -> None:
    weights = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    untouched = weights.copy()
    mask = magnitude_mask(weights, sparsity)
    assert mask.shape == shape and mask.dtype == np.bool_
    assert np.count_nonzero(~mask) == round(sparsity * weights.size)
    assert np.abs(weights[~mask]).max(initial=0) <= np.abs(weights[mask]).min(initial=np.inf)
    np.testing.assert_array_equal(weights, untouched)


def test_bounds() -> None:
    weights = np.array([0.0, 0.0, 1.0])
    assert magnitude_mask(weights, 0.0).all()
    assert not magnitude_mask(weights, 1.0).any()


def test_the_sign_does_not_matter() -> None:
    np.testing.assert_array_equal(magnitude_mask(np.array([-3.0, 1.0, -2.0, 4.0]), 0.5), [True, False, False, True])


def test_of_equal_ones_the_later_are_kept() -> None:
    np.testing.assert_array_equal(magnitude_mask(np.array([[1.0, -1.0], [1.0, -1.0]]), 0.5), [[False] * 2, [True] * 2])


def test_a_larger_sparsity_cuts_more_of_the_same() -> None:
    weights = np.random.default_rng(1).integers(-3, 4, 200)
    less, more = magnitude_mask(weights, 0.4), magnitude_mask(weights, 0.7)
    assert not (more & ~less).any()


def test_no_weights() -> None:
    assert magnitude_mask(np.zeros((0, 3)), 0.5).shape == (0, 3)


@pytest.mark.parametrize("sparsity", [-0.01, 1.01, 60, float("nan")])
def test_a_sparsity_that_is_no_fraction(sparsity: float) -> None:
    with pytest.raises(StudyError, match=f"a sparsity of {sparsity} is no fraction: give 0 to 1"):
        magnitude_mask(np.ones(4), sparsity)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(value: float) -> None:
    with pytest.raises(StudyError, match="not finite"):
        magnitude_mask(np.array([1.0, value]), 0.5)


def test_all_but_the_first_convolution() -> None:
    assert pruned_layers([STEM, Kernel("wide", "Conv2D", 500), Kernel("logits", "Dense", 500)]) == {"wide", "logits"}


def test_a_network_without_convolutions_has_no_stem() -> None:
    dense = [Kernel("hidden", "Dense", 100), Kernel("logits", "Dense", 10)]
    assert pruned_layers(dense) == {"hidden", "logits"}
    assert pruned_layers([STEM]) == pruned_layers([]) == set()


def test_a_kernel_of_less_than_a_five_hundredth_stays_dense() -> None:
    rest = [STEM, Kernel("large", "Conv2D", 498_973)]
    assert pruned_layers([*rest, Kernel("squeeze", "Conv2D", 999)]) == {"large"}
    assert pruned_layers([*rest, Kernel("squeeze", "Conv2D", 1000)]) == {"large", "squeeze"}


def test_the_kernels_of_a_model_in_its_order() -> None:
    image = tf_keras.Input((8, 8, 3))
    rest = tf_keras.layers.DepthwiseConv2D(3, name="depthwise")(tf_keras.layers.Conv2D(4, 3, name="stem")(image))
    rest = tf_keras.layers.BatchNormalization()(tf_keras.layers.Conv2D(5, 1, name="wide")(rest))
    logits = tf_keras.layers.Dense(2, name="logits")(tf_keras.layers.GlobalAveragePooling2D()(rest))
    assert kernels(tf_keras.Model(image, logits).layers) == [
        Kernel("stem", "Conv2D", 3 * 3 * 3 * 4),
        Kernel("wide", "Conv2D", 4 * 5),
        Kernel("logits", "Dense", 5 * 2),
    ]


@pytest.mark.parametrize(("family", "dense"), SMALL_LAYERS.items())
def test_the_layers_of_the_five_networks_that_stay_dense(family: str, dense: tuple[int, float]) -> None:
    found = kernels(built(family).layers)
    names = pruned_layers(found)
    left = [kernel.weights for kernel in found if kernel.layer not in names]
    assert (len(left), round(100 * sum(left) / sum(kernel.weights for kernel in found), 2)) == dense
