"""Everything that the logits of a test set say about a model, as one JSON-ready mapping."""

from collections.abc import Sequence
from typing import Any

from study.errors import StudyError
from study.tasks import metrics


def summary(logits: metrics.Array, labels: metrics.Array, classes: Sequence[str]) -> dict[str, Any]:
    """Accuracy and calibration of logits [N, C] against labels [N].

    Returns `top1, top3, nll, brier, ece` (fractions; top3 is top-C below three classes), `ties` (images whose highest
    logit is shared), `per_class` and `confusion` (rows true, columns predicted).

    Raises:
        StudyError: the model and the data differ in their number of classes, or the logits are not finite.
    """
    if logits.shape[1] != len(classes):
        raise StudyError(
            f"the model has {logits.shape[1]} outputs and the data {len(classes)} classes: "
            "they must be the same classes in the same order"
        )
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
