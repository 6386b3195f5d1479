"""Churn and spread by hand."""

import numpy as np
import pytest

from study.errors import StudyError
from study.statistics.churn import churn, spread


def test_all_pairs_of_runs_count() -> None:
    runs = [np.array(named) for named in ([0, 1, 2, 0, 0], [0, 1, 2, 1, 0], [0, 0, 1, 1, 0])]
    found = churn(runs)
    assert found is not None
    assert (found.pairs, found.least, found.most) == (3, 0.2, 0.6)
    assert found.mean == pytest.approx((1 / 5 + 3 / 5 + 2 / 5) / 3)


def test_a_single_run_has_neither() -> None:
    assert churn([np.array([1, 2])]) is None and churn([]) is None
    assert spread(np.array([[0.5, 0.6]])) is None


def test_the_spread_is_that_over_runs() -> None:
    assert spread(np.array([[0.5, 0.9], [0.7, 0.9]])) == pytest.approx([0.2 / 2**0.5, 0])


@pytest.mark.parametrize("runs", [[np.zeros(2), np.zeros(3)], [np.zeros(0), np.zeros(0)]])
def test_other_images_are_refused(runs: list[np.ndarray]) -> None:
    with pytest.raises(StudyError, match="same images"):
        churn(runs)
