"""What is kept of a model's answers under one corruption: counts of each class, and every answer."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from study.errors import StudyError
from study.tasks import bitmap, metrics


class Setting(NamedTuple):
    """A corruption and its severity; `CLEAN` is none."""

    corruption: str
    severity: int


CLEAN = Setting("clean", 0)


def scored(logits: metrics.Array, labels: metrics.Ints, classes: Sequence[str]) -> dict[str, Any]:
    """JSON-ready result of one setting: `top1`, `per_class` counts, and `correct`, every answer in packed bits.

    Logits [N, C], labels [N] one class after the other: in this order the counts say whose an answer is.

    Raises:
        StudyError: the model and the data differ in their number of classes, the logits are not finite, or the
            labels do not rise.
    """
    if (np.diff(labels) < 0).any():
        raise StudyError("a robustness evaluation needs its images one class after the other: sort them")
    metrics.check_classes(logits, classes)
    right = metrics.correct(logits, labels)
    n = np.bincount(labels, minlength=len(classes))
    correct = np.bincount(labels[right], minlength=len(classes))
    return {
        "top1": float(right.mean()),
        "per_class": [
            {"class": name, "n": int(of), "correct": int(count)}
            for name, of, count in zip(classes, n, correct, strict=True)
        ],
        "correct": bitmap.pack(right),
    }


def decoded(result: Mapping[str, Any]) -> tuple[metrics.Bools, metrics.Ints]:
    """Of a result of `scored`: whether each answer is right [N], and the class of each image [N].

    Raises:
        StudyError: counts and answers of the result do not belong together.
    """
    try:
        n, correct = (np.array([one[key] for one in result["per_class"]], np.int64) for key in ("n", "correct"))
        labels = np.repeat(np.arange(len(n)), n)
        right = bitmap.unpack(result["correct"], len(labels))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise StudyError(f"a robustness result is damaged ({error!r:.80}): evaluate again") from error
    if not np.array_equal(np.bincount(labels[right], minlength=len(n)), correct):
        raise StudyError("the counts and the answers of a robustness result do not belong together: evaluate again")
    return right, labels
