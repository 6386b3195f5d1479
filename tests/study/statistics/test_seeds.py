"""Changes over seeds: against scipy by hand, and with the seeds that do not suffice."""

import warnings

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp

from study.errors import StudyError
from study.statistics.moderated import moderated
from study.statistics.seeds import class_changes, seed_change

RANDOM = np.random.default_rng(5)
BASE = 0.8 + RANDOM.normal(0, 0.01, (5, 3))
AFTER = BASE - 0.05 + RANDOM.normal(0, 0.005, (5, 3)) - np.array([0.04, 0, 0])


@pytest.fixture(autouse=True)
def _no_warning() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_a_class_is_compared_by_its_accuracy_and_by_its_place_among_the_classes() -> None:
    found = class_changes(BASE, AFTER)
    assert found is not None
    difference = 100 * (AFTER - BASE)
    assert [one.change for one in found] == moderated(difference)
    assert [one.place for one in found] == moderated(difference - difference.mean(axis=1, keepdims=True))
    assert found[0].change.mean == pytest.approx(100 * (AFTER - BASE)[:, 0].mean())
    places = [one.place for one in found if one.place]
    assert sum(one.mean for one in places) == pytest.approx(0, abs=1e-9)
    assert places[0].mean < 0 and places[0].p_value < 0.05


def test_a_loss_of_all_classes_alike_moves_none() -> None:
    alike = BASE - 0.01 * np.arange(1, 6)[:, None]  # another in every seed, the same for every class
    found = class_changes(BASE, alike)
    assert found is not None and all(one.place is None and one.change.p_value < 0.05 for one in found)


def test_the_same_change_in_every_seed_has_no_test() -> None:
    assert class_changes(BASE, BASE - [0.1, 0.2, 0.0]) is None


def test_published_t_test() -> None:
    # Student (1908), "The probable error of a mean", Biometrika 6, 1-25: hours of sleep gained with two drugs. Figures
    # are those of R's documentation of the data set `sleep` and of `t.test`.
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    change = seed_change(first, second)
    assert (change.delta_pp, change.p_value) == (pytest.approx(158), pytest.approx(0.002833, abs=5e-7))
    assert (change.low_pp, change.high_pp) == pytest.approx((70.01142, 245.98858), abs=5e-6)


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
    ("base", "compressed"),
    [
        (BASE, AFTER[:3]),
        (BASE[:, :2], AFTER),
        (BASE[:1], AFTER[:1]),
        (BASE[:, :1], AFTER[:, :1]),
        (BASE[0], AFTER[0]),
        (BASE * np.nan, AFTER),
    ],
)
def test_bad_input_is_named(base: np.ndarray, compressed: np.ndarray) -> None:
    with pytest.raises(StudyError, match="seeds"):
        class_changes(base, compressed)


def test_a_change_of_other_seeds_is_refused() -> None:
    for sides in ((BASE[:, 0], AFTER[:3, 0]), (BASE[:0, 0], AFTER[:0, 0]), (BASE[:, 0] * np.inf, AFTER[:, 0])):
        with pytest.raises(StudyError, match="seeds"):
            seed_change(*sides)
