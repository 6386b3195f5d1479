"""The test of evenness: its level under the null, its power where unevenness is planted, bounds and bad input."""

import numpy as np
import pytest
from scipy.stats import chi2

from study.errors import StudyError
from study.statistics.evenness import evenness_p_value

RUNS, CLASSES, IMAGES = 2000, 10, 1000


def p_values(drops: list[float], seed: int, runs: int = RUNS, discordance: float = 0.08) -> np.ndarray:
    """P-values of studies whose classes truly change by these fractions, at this share of differing answers."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        differing = random.binomial(IMAGES, discordance, len(drops))
        lost = random.binomial(differing, [(1 + drop / discordance) / 2 for drop in drops])
        found.append(evenness_p_value([IMAGES] * len(drops), lost.tolist(), (differing - lost).tolist()))
    return np.array(found)


@pytest.mark.parametrize("drop", [0.0, 0.03])
def test_an_even_change_is_called_uneven_no_more_often_than_the_level(drop: float) -> None:
    share = (p_values([drop] * CLASSES, seed=1) < 0.05).mean()
    assert share < 0.05 + 3 * (0.05 * 0.95 / RUNS) ** 0.5
    assert share > 0.02  # not for want of any power


def test_a_planted_class_is_found() -> None:
    assert (p_values([0.06] + [0.0] * 9, seed=2, runs=200) < 0.05).mean() > 0.95


def test_it_is_cochrans_sum_of_squares_weighted_by_the_inverse_variances() -> None:
    n, lost, gained = np.array([[40, 60, 100], [9, 4, 6], [2, 5, 1]]) + np.array([[1.0], [0.5], [0.5]])
    change = (gained - lost) / n
    weight = n**2 / (lost + gained - (gained - lost) ** 2 / n)
    squares = (weight * (change - np.average(change, weights=weight)) ** 2).sum()
    assert evenness_p_value([40, 60, 100], [9, 4, 6], [2, 5, 1]) == pytest.approx(chi2.sf(squares, 2))


def test_a_group_may_have_one_image_and_change_on_all() -> None:
    assert 0 < evenness_p_value([1, 1], [1, 0], [0, 1]) < 1


def test_groups_alike_are_even_and_opposite_ones_are_not() -> None:
    assert evenness_p_value([100] * 3, [5] * 3, [2] * 3) == pytest.approx(1.0)
    assert evenness_p_value([100] * 2, [0, 0], [0, 0]) == pytest.approx(1.0)
    assert evenness_p_value([100] * 2, [40, 0], [0, 40]) < 1e-6


@pytest.mark.parametrize(
    "counts",
    [
        ([100], [1], [1]),
        ([100, 100], [1], [1, 1]),
        ([100, 0], [1, 0], [1, 0]),
        ([100, 100], [-1, 0], [1, 0]),
        ([10, 10], [6, 0], [5, 0]),
    ],
)
def test_counts_that_cannot_be_are_refused(counts: tuple[list[int], list[int], list[int]]) -> None:
    with pytest.raises(StudyError, match="evenness"):
        evenness_p_value(*counts)
