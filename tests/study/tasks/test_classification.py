import numpy as np
import pytest

from study.errors import StudyError
from study.tasks import metrics
from study.tasks.classification import predictions_of, summary

LOGITS = np.array([[3.0, 1, 0, 0], [0, 2, 1, 0], [0, 2, 1, -1], [1, 0, 0, 5]], np.float32)
LABELS = np.array([0, 1, 2, 3])


def test_numbers_agree_with_each_other() -> None:
    found = summary(LOGITS, LABELS, ["a", "b", "c", "d"])
    assert (found["top1"], found["top3"]) == (0.75, 1.0)
    assert [row["correct"] for row in found["per_class"]] == [1, 1, 0, 1] == np.diag(found["confusion"]).tolist()
    assert sum(row["n"] for row in found["per_class"]) == 4 and found["per_class"][2]["class"] == "c"


def test_every_figure_stands_under_its_name() -> None:
    found = summary(LOGITS, LABELS, list("abcd"))
    assert {name: found[name] for name in ("nll", "brier", "ece", "ties")} == {
        "nll": metrics.nll(LOGITS, LABELS),
        "brier": metrics.brier(LOGITS, LABELS),
        "ece": metrics.ece(LOGITS, LABELS),
        "ties": metrics.ties(LOGITS),
    }
    assert [row["accuracy"] for row in found["per_class"]] == [1.0, 1.0, 0.0, 1.0]
    assert summary(np.array([[4.0, 3, 2, 1]]), np.array([3]), list("abcd"))["top3"] == 0.0


def test_a_class_without_images_has_no_accuracy() -> None:
    assert summary(LOGITS[:3], LABELS[:3], list("abcd"))["per_class"][3] == {
        "class": "d",
        "n": 0,
        "correct": 0,
        "accuracy": None,
    }


def test_two_classes_have_a_top_two() -> None:
    assert summary(LOGITS[:2, :2], LABELS[:2], ["a", "b"])["top3"] == 1.0


def test_other_classes_are_refused() -> None:
    with pytest.raises(StudyError, match="4 outputs and the data 3 classes"):
        summary(LOGITS, LABELS, ["a", "b", "c"])


def test_predictions_are_those_of_the_metrics() -> None:
    found = predictions_of(LOGITS, LABELS)
    assert found.predicted.tolist() == metrics.predictions(LOGITS).tolist()
    assert found.correct.tolist() == (found.predicted == LABELS).tolist() == [True, True, False, True]
    assert found.ties == 0 == predictions_of(LOGITS[:3], LABELS[:3]).ties
    assert found.confidence == pytest.approx(metrics.confidences(LOGITS).mean())


def test_three_classes_have_a_top_three_which_is_all() -> None:
    assert summary(LOGITS[:, :3], np.array([2, 0, 0, 1]), ["a", "b", "c"])["top3"] == 1.0
