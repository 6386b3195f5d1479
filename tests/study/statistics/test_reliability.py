"""The reliability table holds what the calibration error is the sum of."""

import numpy as np
import pytest

from study.errors import StudyError
from study.statistics.reliability import reliability
from study.tasks import metrics


@pytest.mark.parametrize("bins", [1, 5, 15])
def test_its_gaps_sum_to_the_calibration_error(bins: int) -> None:
    random = np.random.default_rng(bins)
    logits, labels = random.normal(0, 2, (400, 4)), random.integers(0, 4, 400)
    table = reliability(metrics.confidences(logits), metrics.correct(logits, labels), bins)
    gaps = [
        one.n * abs(one.accuracy - one.confidence)
        for one in table
        if one.accuracy is not None and one.confidence is not None
    ]
    assert sum(gaps) / 400 == pytest.approx(metrics.ece(logits, labels, bins))
    assert sum(one.n for one in table) == 400 and len(table) == bins
    assert all(one.confidence is None or one.low <= one.confidence <= one.high for one in table)
    assert all((one.n == 0) == (one.accuracy is None) for one in table)


def test_a_bound_belongs_to_the_bin_below_it() -> None:
    table = reliability(np.array([0.5, 1.0, 0.0]), np.array([True, False, True]), 2)
    assert [(one.n, one.accuracy) for one in table] == [(2, 1.0), (1, 0.0)]


@pytest.mark.parametrize(
    ("confidence", "correct", "bins"),
    [
        (np.zeros(0), np.zeros(0, bool), 15),
        (np.zeros(2), np.zeros(3, bool), 15),
        (np.zeros(2), np.zeros(2), 15),
        (np.array([1.5]), np.ones(1, bool), 15),
        (np.array([np.nan]), np.ones(1, bool), 15),
        (np.array([0.5]), np.ones(1, bool), 0),
    ],
)
def test_bad_input_is_refused(confidence: np.ndarray, correct: np.ndarray, bins: int) -> None:
    with pytest.raises(StudyError, match="reliability"):
        reliability(confidence, correct, bins)
