import numpy as np
import pytest
from scipy.stats import ttest_1samp

from study.errors import StudyError
from study.statistics.clustered import mean


def test_it_is_students_interval_and_test() -> None:
    values = np.random.default_rng(0).normal(0.3, 1, 50)
    found, known = mean(values), ttest_1samp(values, 0)
    interval = known.confidence_interval(0.95)
    assert (found.value, found.low, found.high, found.p_value) == pytest.approx(
        (values.mean(), interval.low, interval.high, known.pvalue)
    )
    assert mean(-values).p_value == found.p_value


def test_answers_of_one_image_are_no_further_evidence() -> None:
    """With every image's answers all alike, the interval is that of one answer an image, however many there are."""
    one = np.random.default_rng(1).integers(-1, 2, 200).astype(float)
    many = np.repeat(one[:, None], 30, axis=1)
    assert mean(many.mean(axis=1)) == mean(one)
    assert mean(one).high - mean(one).low > 3 * (mean(many.ravel()).high - mean(many.ravel()).low)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    truth, runs = 0.1, 1000
    samples = rng.choice([-1.0, 0.0, 1.0], (runs, 200), p=[0.1, 0.7, 0.2])
    held = sum(found.low <= truth <= found.high for found in map(mean, samples))
    assert held / runs == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / runs) ** 0.5)


def test_few_changed_images_prove_little() -> None:
    assert mean([0.0] * 10).p_value == 1
    assert mean([0.0] * 10 + [1.0]).p_value == 1
    assert mean([1.0, 1.0]).p_value == 0.5
    assert mean([2.0] * 4) == mean([2.0] * 4).__class__(2.0, 2.0, 2.0, 2**-3)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, float("nan")], [[1.0, 2.0]]])
def test_too_little_is_refused(values: list[float]) -> None:
    with pytest.raises(StudyError, match="two images or more"):
        mean(values)
