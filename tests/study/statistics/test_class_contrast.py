"""Harder than average: the definition, the bounds, bad input. Size and power: test_simulations.py."""

import numpy as np
import pytest

from study.errors import StudyError
from study.statistics import class_contrast
from study.statistics.class_contrast import contrasts


def counts(*values: int) -> np.ndarray:
    return np.array(values)


def test_the_excess_is_the_change_minus_the_mean_change() -> None:
    found = contrasts(counts(100, 200, 50), counts(10, 4, 0), counts(2, 4, 1))
    delta = np.array([-8.0, 0.0, 2.0])
    assert [one.excess_pp for one in found] == pytest.approx(delta - delta.mean())
    assert sum(one.excess_pp for one in found) == pytest.approx(0)
    assert all(one.low_pp < one.excess_pp < one.high_pp for one in found)


def test_the_standard_error_is_that_of_a_difference_from_a_mean_of_independent_classes() -> None:
    n, losses, gains = counts(100, 200, 50), counts(10, 4, 0), counts(2, 4, 1)
    excess, error = class_contrast._contrast(n, losses, gains)
    each = np.array(
        [np.repeat([-1.0, 1, 0], [b, c, k - b - c]).var() / k for k, b, c in zip(n, losses, gains, strict=True)]
    )
    share = np.eye(3) - 1 / 3  # excess = share @ change
    assert error == pytest.approx(np.sqrt(share**2 @ each))
    for one, middle in zip(contrasts(n, losses, gains), excess, strict=True):
        assert (one.low_pp + one.high_pp) / 2 == pytest.approx(100 * middle)


def test_a_class_may_have_one_image_and_change_on_all() -> None:
    assert len(contrasts(counts(1, 1), counts(1, 0), counts(0, 0))) == 2


def test_a_class_that_stands_out_is_found_and_the_others_are_not() -> None:
    lost = counts(20, 22, 18, 90, 20, 21, 19, 20, 23, 17)
    found = contrasts(np.full(10, 1000), lost, np.full(10, 8))
    assert found[3].p_value < 0.001 and found[3].high_pp < 0
    assert all(one.excess_pp > 0 and one.p_value > 0.01 for k, one in enumerate(found) if k != 3)


def test_where_all_classes_lose_alike_none_is_harder_hit() -> None:
    assert all(one.p_value == 1.0 for one in contrasts(np.full(4, 100), np.full(4, 30), np.full(4, 1)))


def test_models_without_a_difference_give_no_evidence() -> None:
    nothing = np.zeros(3, int)
    for one in contrasts(counts(10, 10, 20), nothing, nothing):
        assert (one.excess_pp, one.low_pp, one.high_pp, one.p_value) == (0, 0, 0, 1)


def test_of_two_equal_classes_both_stand_out_alike() -> None:
    first, second = contrasts(counts(200, 200), counts(30, 5), counts(0, 0))
    assert first.excess_pp == pytest.approx(-second.excess_pp) and first.excess_pp < 0
    assert first.p_value == second.p_value < 0.01


def test_interval_and_test_agree() -> None:
    for lost in range(20, 60, 5):
        one = contrasts(np.full(5, 400), counts(lost, 20, 20, 20, 20), np.full(5, 5))[0]
        assert (one.high_pp < 0) == (one.p_value < 0.05)


def test_the_same_seed_gives_the_same_and_a_larger_family_a_finer_p_value() -> None:
    data = np.full(10, 1000), counts(300, *[5] * 9), np.full(10, 2)
    assert contrasts(*data) == contrasts(*data)
    assert contrasts(*data)[0].p_value == pytest.approx(1 / 20_001)
    assert contrasts(*data, family=860)[0].p_value == pytest.approx(1 / (60 * 860 + 1))


def test_the_work_for_many_classes_of_unequal_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_contrast, "MOST", 5000)
    found = contrasts(np.arange(50, 100), np.array([40] + [2] * 49), np.ones(50, int), family=10_000)
    assert found[0].p_value == pytest.approx(1 / 101)  # 100 draws of 50 classes, no two alike


@pytest.mark.parametrize(
    ("n", "losses", "gains"),
    [
        (counts(10), counts(1), counts(1)),
        (counts(10, 0), counts(1, 0), counts(1, 0)),
        (counts(10, 10), counts(6, 1), counts(5, 1)),
        (counts(10, 10), counts(-1, 1), counts(5, 1)),
        (counts(10, 10), counts(1, 1, 1), counts(5, 1)),
    ],
)
def test_impossible_counts_are_refused(n: np.ndarray, losses: np.ndarray, gains: np.ndarray) -> None:
    with pytest.raises(StudyError, match="class"):
        contrasts(n, losses, gains)
