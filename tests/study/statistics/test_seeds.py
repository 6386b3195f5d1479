"""Tests over seeds: against scipy by hand, and with the seeds that do not suffice."""

import warnings

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp

from study.errors import StudyError
from study.statistics.seeds import INDICATIVE, NO_VARIANCE, ONE_SEED, TESTED, seed_change, seed_tests

RANDOM = np.random.default_rng(5)
BASE = 0.8 + RANDOM.normal(0, 0.01, (5, 3))
AFTER = BASE - 0.05 + RANDOM.normal(0, 0.005, (5, 3)) - np.array([0.04, 0, 0])


@pytest.fixture(autouse=True)
def _no_warning() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_a_class_is_compared_by_its_place_among_the_classes() -> None:
    found = seed_tests(BASE, AFTER, paired=True)
    shifted = [side - side.mean(axis=1, keepdims=True) for side in (BASE, AFTER)]
    for k, one in enumerate(found):
        before, after = shifted[0][:, k], shifted[1][:, k]
        assert one.change_pp == pytest.approx(100 * (after.mean() - before.mean()))
        assert one.paired_p == pytest.approx(ttest_1samp(after - before, 0).pvalue)
        variances = before.var(ddof=1) / 5, after.var(ddof=1) / 5
        df = sum(variances) ** 2 / sum(v**2 / 4 for v in variances)
        assert one.welch_p == pytest.approx(2 * t.sf(abs(after.mean() - before.mean()) / sum(variances) ** 0.5, df))
        assert (one.seeds, one.outcome) == (5, TESTED)
    assert found[0].change_pp < 0 and found[0].paired_p is not None and found[0].paired_p < 0.01
    assert sum(one.change_pp for one in found) == pytest.approx(0)


def test_published_t_tests() -> None:
    # Student (1908), "The probable error of a mean", Biometrika 6, 1-25: hours of sleep gained with two drugs. Figures
    # are those of R's documentation of the data set `sleep` and of `t.test`.
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    place = seed_tests(np.stack([first, -first], 1), np.stack([second, -second], 1), paired=True)[0]
    assert (place.welch_p, place.paired_p) == (pytest.approx(0.07939, abs=5e-6), pytest.approx(0.002833, abs=5e-7))
    change = seed_change(first, second)
    assert (change.delta_pp, change.p_value) == (pytest.approx(158), pytest.approx(0.002833, abs=5e-7))
    assert (change.low_pp, change.high_pp) == pytest.approx((70.01142, 245.98858), abs=5e-6)


def test_a_loss_of_all_classes_alike_moves_none() -> None:
    for one in seed_tests(BASE, BASE - 0.1, paired=True):
        assert one.change_pp == pytest.approx(0) and one.outcome == NO_VARIANCE and one.paired_p is None
        assert one.welch_p == pytest.approx(1.0)


@pytest.mark.parametrize(("seeds", "outcome"), [(1, ONE_SEED), (2, INDICATIVE), (4, INDICATIVE), (5, TESTED)])
def test_few_seeds_are_named(seeds: int, outcome: str) -> None:
    for one in seed_tests(BASE[:seeds], AFTER[:seeds], paired=True):
        assert (one.seeds, one.outcome) == (seeds, outcome)
        assert (one.paired_p is None) == (one.welch_p is None) == (seeds == 1)


def test_without_pairs_the_smaller_side_counts_and_welch_decides() -> None:
    for one in seed_tests(BASE, AFTER[:3], paired=False):
        assert (one.seeds, one.outcome, one.paired_p) == (3, INDICATIVE, None)
        assert one.welch_p is not None


def test_one_side_without_variance_can_be_tested() -> None:
    one = seed_tests(np.tile(BASE[:1], (5, 1)), AFTER, paired=False)[0]
    assert one.outcome == TESTED and one.welch_p is not None


def test_the_same_change_in_every_seed_has_no_test() -> None:
    steady = np.tile([0.5, 0.6, 0.7], (5, 1))
    one = seed_tests(steady, steady - [0.1, 0, 0], paired=False)[0]
    assert (one.outcome, one.welch_p) == (NO_VARIANCE, None)
    assert one.change_pp == pytest.approx(-100 * 0.1 * 2 / 3)


def test_a_change_has_students_interval() -> None:
    one = seed_change(BASE[:, 0], AFTER[:, 0])
    difference = 100 * (AFTER[:, 0] - BASE[:, 0])
    half = t.ppf(0.975, 4) * difference.std(ddof=1) / 5**0.5
    assert (one.low_pp, one.high_pp) == pytest.approx((difference.mean() - half, difference.mean() + half))
    assert one.p_value == pytest.approx(ttest_1samp(difference, 0).pvalue)
    alone = seed_change(BASE[:1, 0], AFTER[:1, 0])
    assert (alone.seeds, alone.low_pp, alone.high_pp, alone.p_value) == (1, None, None, None)
    assert alone.delta_pp == pytest.approx(difference[0])


@pytest.mark.parametrize(
    ("base", "compressed", "paired"),
    [
        (BASE, AFTER[:3], True),
        (BASE[:, :2], AFTER, False),
        (BASE[:0], AFTER[:0], False),
        (BASE[:, :1], AFTER[:, :1], False),
        (BASE[0], AFTER[0], False),
        (BASE * np.nan, AFTER, False),
    ],
)
def test_bad_input_is_named(base: np.ndarray, compressed: np.ndarray, paired: bool) -> None:
    with pytest.raises(StudyError, match="seeds"):
        seed_tests(base, compressed, paired)


def test_a_change_of_other_seeds_is_refused() -> None:
    for sides in ((BASE[:, 0], AFTER[:3, 0]), (BASE[:0, 0], AFTER[:0, 0]), (BASE[:, 0] * np.inf, AFTER[:, 0])):
        with pytest.raises(StudyError, match="seeds"):
            seed_change(*sides)
