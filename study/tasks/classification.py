"""Image classification: one right or wrong answer an image, labels are class ids.

The arithmetic is in study/tasks/metrics.py, the loss of a training in study/tasks/classification_loss.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from study.statistics.reliability import Bin, reliability
from study.tasks import metrics


@dataclass(frozen=True)
class Predictions:
    """Per test image [N]: true class, predicted class, whether that was right (tie-break: study/tasks/metrics.py).

    `ties` counts images whose highest logit is shared; `reliability` says how sure the model was, and how often right.
    """

    labels: metrics.Ints
    predicted: metrics.Ints
    correct: metrics.Bools
    ties: int
    reliability: tuple[Bin, ...]

    @property
    def confidence(self) -> float:
        """Mean of the highest softmax probability."""
        return sum(one.n * (one.confidence or 0.0) for one in self.reliability) / len(self.labels)


def predictions_of(logits: metrics.Array, labels: metrics.Array) -> Predictions:
    """What logits [N, C] predict for images of classes `labels` [N].

    Raises:
        StudyError: as the functions of study/tasks/metrics.py.
    """
    correct = metrics.correct(logits, labels)
    bins = tuple(reliability(metrics.confidences(logits), correct))
    return Predictions(labels, metrics.predictions(logits), correct, metrics.ties(logits), bins)


def summary(logits: metrics.Array, labels: metrics.Array, classes: Sequence[str]) -> dict[str, Any]:
    """Accuracy and calibration of logits [N, C] against labels [N], ready for JSON.

    Returns `top1, top3, nll, brier, ece` (fractions; top3 is top-C below three classes), `ties` (images whose highest
    logit is shared), `per_class` and `confusion` (rows true, columns predicted).

    Raises:
        StudyError: the model and the data differ in their number of classes, or the logits are not finite.
    """
    metrics.check_classes(logits, classes)
    each = metrics.per_class(logits, labels)
    return {
        "top1": metrics.top_k(logits, labels, 1),
        "top3": metrics.top_k(logits, labels, min(3, len(classes))),
        "nll": metrics.nll(logits, labels),
        "brier": metrics.brier(logits, labels),
        "ece": metrics.ece(logits, labels),
        "ties": metrics.ties(logits),
        "per_class": [
            {"class": name, "n": int(n), "correct": int(correct), "accuracy": float(accuracy) if n else None}
            for name, n, correct, accuracy in zip(classes, each.n, each.correct, each.accuracy, strict=True)
        ],
        "confusion": metrics.confusion(logits, labels).tolist(),
    }
