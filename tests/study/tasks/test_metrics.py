"""Metrics against their definitions, on examples small enough to check by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.errors import StudyError
from study.tasks import metrics

LOGITS = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 1.0], [1.0, 2.0, 3.0], [4.0, 0.0, -1.0]], np.float32)
LABELS = np.array([0, 1, 1, 2])


def test_top_k_counts_the_true_class_among_the_highest_k() -> None:
    assert [metrics.top_k(LOGITS, LABELS, k) for k in (1, 2, 3)] == [0.5, 0.75, 1.0]


def test_ties_are_broken_at_random_and_fairly() -> None:
    tied = np.zeros((20_000, 4), np.float32)
    tied[:, 3] = -1.0
    predicted = metrics.predictions(tied)
    shares = np.bincount(predicted, minlength=4) / len(tied)
    assert shares[:3] == pytest.approx([1 / 3] * 3, abs=0.02) and shares[3] == 0
    assert metrics.ties(tied) == len(tied)
    # Another shuffle would change published figures.
    assert metrics.predictions(np.zeros((8, 4))).tolist() == [3, 2, 3, 1, 2, 0, 1, 3]
    assert metrics.top_k(tied, np.zeros(len(tied), np.int64), 2) == pytest.approx(2 / 3, abs=0.02)
    assert (metrics.predictions(2 * tied) == predicted).all(), "an image's tie-break is the same for every model"
    assert (metrics.predictions(tied[:50]) == predicted[:50]).all(), "and for any number of images"


def test_without_ties_the_highest_logit_is_named() -> None:
    random = np.random.default_rng(1).normal(size=(200, 10))
    assert (metrics.ranking(random) == np.argsort(-random, axis=1)).all()


def test_per_class_counts() -> None:
    found = metrics.per_class(LOGITS, LABELS)
    assert found.n.tolist() == [1, 2, 1]
    assert found.correct.tolist() == [1, 1, 0]
    assert found.accuracy.tolist() == [1.0, 0.5, 0.0]


def test_a_class_without_images_has_no_accuracy() -> None:
    found = metrics.per_class(LOGITS[:2], LABELS[:2])
    assert found.n.tolist() == [1, 1, 0]
    assert math.isnan(found.accuracy[2])


def test_confusion_has_true_classes_in_rows() -> None:
    assert metrics.confusion(LOGITS, LABELS).tolist() == [[1, 0, 0], [0, 1, 1], [1, 0, 0]]


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 5), st.integers(1, 30), st.integers(0, 10_000))
def test_all_counts_of_right_answers_agree(classes: int, images: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    logits = random.integers(0, 4, (images, classes)).astype(np.float32)  # many ties
    labels = random.integers(0, classes, images)
    right = metrics.correct(logits, labels).sum()
    assert metrics.per_class(logits, labels).correct.sum() == right
    assert np.diag(metrics.confusion(logits, labels)).sum() == right
    assert metrics.confusion(logits, labels).sum() == images
    assert metrics.top_k(logits, labels, classes) == 1.0


def test_likelihoods_of_known_probabilities() -> None:
    logits = np.log(np.array([[0.8, 0.2], [0.4, 0.6]]))
    labels = np.array([0, 0])
    assert metrics.nll(logits, labels) == pytest.approx(-(math.log(0.8) + math.log(0.4)) / 2)
    assert metrics.brier(logits, labels) == pytest.approx((2 * 0.2**2 + 2 * 0.6**2) / 2)


def test_large_logits_do_not_overflow() -> None:
    logits, labels = np.array([[1e4, 0.0], [0.0, 1e4]], np.float32), np.array([0, 0])
    assert metrics.nll(logits, labels) == pytest.approx(5000.0)
    assert np.exp(metrics.log_softmax(logits)).sum(axis=1) == pytest.approx(1.0)


def test_calibration_error_by_hand() -> None:
    # Two bins of confidence: 0.9 (half right) and 0.6 (all right): (2 * |0.5 - 0.9| + 2 * |1 - 0.6|) / 4.
    logits = np.log(np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]]))
    assert metrics.ece(logits, np.array([0, 1, 0, 0])) == pytest.approx(0.4)


def test_published_scores() -> None:
    # The example of torchmetrics' MulticlassCalibrationError with three bins and the L1 norm.
    shares = [[0.25, 0.20, 0.55], [0.55, 0.05, 0.40], [0.10, 0.30, 0.60], [0.90, 0.05, 0.05]]
    assert metrics.ece(np.log(shares), np.array([0, 1, 2, 0]), bins=3) == pytest.approx(0.2)
    # The example of scikit-learn's brier_score_loss with three classes.
    shares = [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.2, 0.2, 0.6]]
    assert metrics.brier(np.log(shares), np.array([0, 1, 2])) == pytest.approx(0.44 / 3)


def test_a_bound_of_confidence_belongs_to_the_bin_below_it() -> None:
    logits = np.array([[0.0, 0.0], [np.log(3), 0.0]])
    assert metrics.confidences(logits)[0] == 0.5
    labels = np.array([1, 0]) if metrics.predictions(logits)[0] == 0 else np.array([0, 0])
    assert metrics.ece(logits, labels, bins=2) == pytest.approx((abs(0 - 0.5) + abs(1 - 0.75)) / 2)


def test_fifteen_bins_are_the_rule() -> None:
    random = np.random.default_rng(0)
    logits, labels = random.normal(0, 2, (300, 4)), random.integers(0, 4, 300)
    assert metrics.ece(logits, labels) == metrics.ece(logits, labels, 15) != metrics.ece(logits, labels, 16)


def test_a_perfectly_sure_and_right_model_is_calibrated() -> None:
    logits = np.array([[1e3, 0.0], [0.0, 1e3]])
    assert metrics.ece(logits, np.array([0, 1])) == pytest.approx(0.0, abs=1e-12)
    assert metrics.brier(logits, np.array([0, 1])) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("logits", "labels", "said"),
    [
        (np.array([[np.nan, 1.0]]), np.array([0]), "not finite"),
        (np.array([[np.inf, 1.0]]), np.array([0]), "not finite"),
        (np.zeros((0, 3)), np.zeros(0, int), "no image"),
        (np.zeros(3), np.array([0]), "shape"),
        (np.zeros((2, 1)), np.array([0, 0]), "shape"),
        (np.zeros((2, 3)), np.array([0]), "shape"),
        (np.zeros((2, 3)), np.array([0, 3]), "outside"),
        (np.zeros((2, 3)), np.array([0, -1]), "outside"),
        (np.zeros((2, 3)), np.array([0.0, 1.0]), "integers"),
    ],
)
def test_bad_input_is_named(logits: metrics.Array, labels: metrics.Array, said: str) -> None:
    for metric in (
        metrics.top_k,
        metrics.per_class,
        metrics.confusion,
        metrics.ece,
        metrics.brier,
        metrics.nll,
    ):
        with pytest.raises(StudyError, match=said):
            metric(logits, labels)


@pytest.mark.parametrize("k", [0, 4])
def test_k_must_lie_within_the_classes(k: int) -> None:
    with pytest.raises(StudyError, match="smaller k"):
        metrics.top_k(LOGITS, LABELS, k)


def test_confidence_is_the_highest_softmax_probability() -> None:
    assert metrics.confidences(np.log([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]])) == pytest.approx([0.7, 0.5])
