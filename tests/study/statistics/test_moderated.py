"""Moderated t-tests: the published prior, limits of its weight, and the error rate with the spread of trainings."""

import numpy as np
import pytest
from scipy.special import digamma, polygamma
from scipy.stats import t, ttest_1samp

from study.errors import StudyError
from study.statistics.corrections import holm
from study.statistics.moderated import moderated, prior

CLASSES = 10
# Standard deviations of the class accuracies of five dense MobileNetV3 Small, percentage points, as they were observed:
# true ones differ less, since five seeds scatter them further.
SPREAD = np.array([2.06, 1.10, 1.75, 1.68, 2.75, 0.89, 0.92, 1.09, 0.63, 2.23])


def test_the_prior_solves_the_equations_of_its_source() -> None:
    """Smyth (2004), section 6.2: mean and variance of log s^2 are those of a scaled F distribution."""
    freedom, variance = 4, np.random.default_rng(0).chisquare(4, 200) * np.random.default_rng(1).gamma(2, 1, 200)
    weight, common = prior(variance, freedom)
    logs = np.log(variance)
    expected = np.log(common) + digamma(freedom / 2) - digamma(weight / 2) + np.log(weight / freedom)
    assert logs.mean() == pytest.approx(expected)
    assert logs.var(ddof=1) == pytest.approx(polygamma(1, freedom / 2) + polygamma(1, weight / 2))


def test_variances_that_differ_by_chance_alone_are_one() -> None:
    weight, common = prior(np.full(6, 3.0), 4)
    assert weight == np.inf
    assert np.log(common) == pytest.approx(np.log(3) - digamma(2) + np.log(2))


def test_the_others_weigh_as_much_as_the_own_runs_at_most() -> None:
    differences = np.random.default_rng(2).normal(1, 1, (5, CLASSES))
    found, own = moderated(differences), differences.var(axis=0, ddof=1)
    weight, common = prior(own, 4)
    assert found is not None and weight > 4
    for one, values, variance in zip(found, differences.T, own, strict=True):
        error = ((4 * common + 4 * variance) / 8 / 5) ** 0.5
        reach = t.ppf(0.975, 8) * error
        assert (one.mean, one.low, one.high) == pytest.approx(
            (values.mean(), values.mean() - reach, values.mean() + reach)
        )
        assert one.p_value == pytest.approx(2 * t.sf(abs(values.mean()) / error, 8))


def test_very_different_spreads_are_hardly_shared() -> None:
    differences = np.random.default_rng(3).normal(0.5, 1, (5, 8)) * 10.0 ** np.arange(8)
    found = moderated(differences)
    assert found is not None
    alone = ttest_1samp(differences, 0).pvalue
    assert [one.p_value for one in found[3:]] == pytest.approx(alone[3:].tolist(), abs=0.1)


def test_one_class_that_never_varies_is_held_to_the_others() -> None:
    differences = np.random.default_rng(4).normal(0, 1, (5, 4))
    differences[:, 0] = 0.3
    found = moderated(differences)
    assert found is not None and 0 < found[0].p_value < 1 and found[0].low < 0.3 < found[0].high
    assert moderated(np.tile([1.0, 2.0], (5, 1))) is None


@pytest.mark.parametrize("values", [np.zeros((1, 3)), np.zeros((3, 1)), np.zeros(4), np.full((5, 3), np.nan)])
def test_bad_input_is_named(values: np.ndarray) -> None:
    with pytest.raises(StudyError, match="runs"):
        moderated(values)


def treatments(random: np.random.Generator, count: int, planted: float = 0.0) -> np.ndarray:
    """Differences [treatments, 5 seeds, classes] of networks trained anew from those of one set of baselines."""
    base = random.normal(0, SPREAD, (5, CLASSES))
    found = random.normal(0, SPREAD, (count, 5, CLASSES)) - base
    found[0, :, 3] -= planted
    return found


def family(differences: np.ndarray) -> np.ndarray:
    """Holm's p-values of both tests of all treatments, as seeds.csv has them: those of changes, then of places."""
    places = differences - differences.mean(axis=2, keepdims=True)
    tests = [moderated(one) for side in (differences, places) for one in side]
    return np.array(holm([one.p_value for found in tests if found for one in found]))


@pytest.mark.parametrize("count", [1, 2, 6])
def test_retraining_alone_is_claimed_at_the_level_at_most(count: int) -> None:
    random, repetitions = np.random.default_rng(count), 200
    wrong = sum(bool((family(treatments(random, count)) < 0.05).any()) for _ in range(repetitions))
    assert wrong / repetitions <= 0.05 + 1.65 * (0.05 * 0.95 / repetitions) ** 0.5


@pytest.mark.parametrize("count", [1, 2, 6])
def test_eight_points_in_one_class_are_found(count: int) -> None:
    random, repetitions = np.random.default_rng(count), 60
    found = sum(family(treatments(random, count, 8.0))[3] < 0.05 for _ in range(repetitions))
    assert found / repetitions >= 0.8
