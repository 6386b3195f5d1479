import numpy as np
import pytest

from study.errors import StudyError
from study.tasks.outputs import answers, log_probabilities

PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]], np.float32)
LOGITS = np.array([[3.0, -1.0, 0.5], [0.1, 0.2, 0.3]], np.float32)


def test_logits_of_probabilities_give_them_back() -> None:
    given = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]], np.float32)
    logits = log_probabilities(given, 1 / 256)
    back = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert np.allclose(back[0], given[0], atol=1e-6) and np.isfinite(logits).all() and back[1, 0] > 0.99
    assert np.isfinite(log_probabilities(given, 0.0)).all()


@pytest.mark.parametrize("last", ["SOFTMAX", "DIV", "FULLY_CONNECTED"])
def test_rows_that_sum_to_one_are_probabilities_whatever_makes_them(last: str) -> None:
    found = answers(PROBABILITIES, last, 0.0, False)
    assert found.kind == "probabilities"
    np.testing.assert_allclose(np.exp(found.logits), PROBABILITIES, rtol=1e-6)


def test_rounded_probabilities_need_not_sum_to_one() -> None:
    many = np.full((1, 1000), 1 / 1000, np.float32)
    rounded = np.rint(many * 256) / np.float32(256)  # all 0
    assert answers(rounded, "SOFTMAX", 1 / 256, False).kind == "probabilities"
    off = PROBABILITIES + np.array([[0.0, 0.0, 0.006], [0.0, 0.0, 0.0]], np.float32)
    assert answers(off, "DIV", 1 / 256, False).kind == "probabilities"
    assert answers(off, "DIV", 0.0, False).kind == "scores"


@pytest.mark.parametrize(
    ("output", "last", "kind"),
    [
        (LOGITS, "FULLY_CONNECTED", "logits"),
        (np.log(PROBABILITIES), "LOG_SOFTMAX", "logits"),
        (PROBABILITIES / 2, "LOGISTIC", "scores"),
        (PROBABILITIES / 2, "MUL", "scores"),
        (LOGITS / 4, "TANH", "scores"),
        (np.ones((2, 3), np.float32), "SOFTMAX", "scores"),  # over another axis
    ],
)
def test_other_outputs_are_logits_or_scores(output: np.ndarray, last: str, kind: str) -> None:
    found = answers(output, last, 0.0, False)
    assert found.kind == kind
    np.testing.assert_array_equal(found.logits, output)


def test_integers_without_a_scale_are_scores() -> None:
    assert answers(LOGITS * 100, "FULLY_CONNECTED", 0.0, True).kind == "scores"


def test_one_output_is_that_of_the_second_class() -> None:
    sigmoid = np.array([[0.9], [0.2]], np.float32)
    found = answers(sigmoid, "LOGISTIC", 0.0, False)
    assert found.kind == "probabilities"
    np.testing.assert_allclose(np.exp(found.logits), [[0.1, 0.9], [0.8, 0.2]], rtol=1e-5)
    logit = answers(np.array([[2.0], [-3.0]], np.float32), "FULLY_CONNECTED", 0.0, False)
    assert logit.kind == "logits" and logit.logits.tolist() == [[0, 2], [0, -3]]
    assert answers(sigmoid, "MUL", 0.0, False, "probabilities").kind == "probabilities"
    assert answers(sigmoid, "MUL", 0.0, False, "logits").logits.argmax(1).tolist() == [1, 1]
    with pytest.raises(StudyError, match="say --outputs"):
        answers(sigmoid, "MUL", 0.0, False)
    with pytest.raises(StudyError, match="without a scale"):
        answers(sigmoid, "LOGISTIC", 0.0, True)


def test_what_the_person_says_counts_unless_it_cannot_be() -> None:
    assert answers(PROBABILITIES, "DIV", 0.0, False, "logits").kind == "logits"
    with pytest.raises(StudyError, match="no probabilities"):
        answers(LOGITS, "DIV", 0.0, False, "probabilities")
