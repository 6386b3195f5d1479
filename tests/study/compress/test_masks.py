"""Masks by magnitude, on arrays small enough to be checked by hand."""

import numpy as np
import pytest

from study.compress.masks import magnitude_mask, pruned_layers
from study.errors import StudyError

SHAPES = pytest.mark.parametrize("shape", [(7,), (3, 3, 3, 32), (1, 1, 16, 24), (100, 10)])
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


def test_every_convolution_and_dense_layer_but_the_first_convolution() -> None:
    stem, rest = [("image", "InputLayer"), ("stem", "Conv2D")], [("wide", "Conv2D"), ("logits", "Dense")]
    between = [("depthwise", "DepthwiseConv2D"), ("norm", "BatchNormalization")]
    assert pruned_layers([*stem, *between, *rest]) == {"wide", "logits"}


def test_a_network_without_convolutions_has_no_stem() -> None:
    assert pruned_layers([("hidden", "Dense"), ("logits", "Dense")]) == {"hidden", "logits"}
    assert pruned_layers([("stem", "Conv2D")]) == pruned_layers([]) == set()
