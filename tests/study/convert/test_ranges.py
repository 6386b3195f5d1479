"""The search for activation ranges, on arrays whose best range is known."""

import numpy as np
import pytest

from study.convert.tuned import ranges
from study.convert.tuned.ranges import LEVELS, hard_swish, least_error, relative_error, swish, unchanged


def normal(images: int = 20, elements: int = 500, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(images, elements)).astype(np.float32)


def widest(values: np.ndarray) -> tuple[float, float]:
    return min(float(values.min()), 0.0), max(float(values.max()), 0.0)


@pytest.mark.parametrize("function", [unchanged, hard_swish, swish])
@pytest.mark.parametrize("scale, shift", [(1, 0), (1, 8), (1, -8), (0.001, 0), (1000, -200), (3, 100)])
def test_within_the_values_own_range_never_worse_and_zero_is_a_level(function, scale, shift) -> None:
    values = scale * normal() + shift
    low, high = least_error(values, function)
    assert values.min() <= low or low == 0
    assert high <= values.max() or high == 0
    assert low <= 0 <= high
    assert relative_error(values, low, high, function) <= relative_error(values, *widest(values), function)
    assert relative_error(np.zeros((1, 4)), low, high) == 0
    mixed = np.array([[0.0, high, low]])  # with a power, so that an error at zero would count
    assert relative_error(mixed, low, high) < 1 / LEVELS**2


def test_values_of_one_sign_leave_the_other_side_at_zero() -> None:
    assert least_error(np.abs(normal()))[0] == 0
    assert least_error(-np.abs(normal()))[1] == 0


def test_a_normal_distribution_is_hardly_clipped_and_its_error_is_that_of_theory() -> None:
    values = normal(50, 2000)
    low, high = least_error(values)
    assert low < -3 and high > 3
    step = (high - low) / (LEVELS - 1)
    assert relative_error(values, low, high) == pytest.approx(step**2 / 12, rel=0.15)  # the power is 1


@pytest.mark.parametrize("side", [-1, 1])
def test_an_outlier_is_clipped_on_its_own_side(side: int) -> None:
    values = normal(100, 5000)
    values[7, 3] = side * 30
    low, high = least_error(values)
    near, far = sorted([abs(low), abs(high)])
    assert near > 3 and far < 20
    assert side * (high + low) > 0
    assert relative_error(values, low, high) < 0.6 * relative_error(values, *widest(values))


def test_an_outlier_that_carries_the_power_is_kept() -> None:
    values = 0.001 * normal()
    values[:, 0] = 80
    _, high = least_error(values)
    assert high == pytest.approx(80)


@pytest.mark.parametrize("error, narrower", [(1.0, False), (0.9991, False), (0.9989, True)])
def test_a_narrower_range_must_be_better_by_a_thousandth(monkeypatch, error: float, narrower: bool) -> None:
    values = np.array([[0.0, 1.0]])
    monkeypatch.setattr(ranges, "relative_error", lambda values, low, high, function: 1.0 if high == 1 else error)
    assert (least_error(values)[1] < 1) == narrower


def test_what_hard_swish_makes_zero_needs_no_levels() -> None:
    values = np.random.default_rng(1).uniform(-300, 5, (100, 600)).astype(np.float32)
    low, high = least_error(values, hard_swish)
    assert -6 < low < -2 and 4 < high <= 5
    assert least_error(values)[0] < -290


def test_swish_is_cut_less_sharply() -> None:
    values = np.random.default_rng(1).uniform(-300, 5, (100, 600)).astype(np.float32)
    low, high = least_error(values, swish)
    assert -20 < low < -3 and 4 < high <= 5


def test_one_image_of_huge_values_does_not_decide_alone() -> None:
    values = normal(50)
    values[0] *= 100
    low, high = least_error(values)
    assert max(-low, high) < 40
    alone = least_error(values[:1])
    assert min(-alone[0], alone[1]) > 100


def test_one_image_decides_no_more_for_being_scaled() -> None:
    values = normal(2)
    error = relative_error(values, -4, 4)
    assert relative_error(100 * values, -400, 400) == pytest.approx(error)
    assert relative_error(np.concatenate([values, np.zeros((5, 500))]), -4, 4) == pytest.approx(error)


def test_the_error_is_the_average_over_images() -> None:
    values = np.array([[1.0, 1.0], [10.0, 0.0]])  # in [0, 2] the first is met up to rounding, the second cut to 2
    assert relative_error(values, 0, 2) == pytest.approx((0 + 8**2 / 10**2) / 2, abs=1e-4)


@pytest.mark.parametrize("function", [unchanged, hard_swish, swish])
def test_zeros_alone_have_the_empty_range(function) -> None:
    assert least_error(np.zeros((3, 10)), function) == (0, 0)
    assert relative_error(np.zeros((3, 10)), 0, 0, function) == 0


@pytest.mark.parametrize("value", [2.5, -2.5])
def test_a_constant_is_met_exactly(value: float) -> None:
    values = np.full((3, 10), value)
    assert least_error(values) == (min(value, 0), max(value, 0))
    assert relative_error(values, *least_error(values)) < 1e-12


def test_the_empty_range_loses_everything() -> None:
    assert relative_error(np.full((3, 10), 2.5), 0, 0) == 1


def test_activation_functions() -> None:
    values = np.array([-400.0, -3, -1.5, 0, 1, 3, 7])
    np.testing.assert_allclose(hard_swish(values), [0, 0, -0.375, 0, 2 / 3, 3, 7], atol=1e-12)
    np.testing.assert_allclose(swish(values[1:]), values[1:] / (1 + np.exp(-values[1:])))
    assert abs(swish(values)[0]) < 1e-30
    assert unchanged(values) is values
