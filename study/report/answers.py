"""What each variant answered on the test images: computed once, used by every table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from study import metrics
from study.errors import StudyError
from study.reliability import confidences
from study.report.inputs import Inputs


@dataclass(frozen=True)
class Answers:
    """Per test image [N]: true class, class named, whether that was right (ties by lot: study/metrics.py), how sure."""

    labels: metrics.Ints
    named: metrics.Ints
    correct: metrics.Bools
    ties: int
    confidence: metrics.Floats  # highest softmax probability


def answers(inputs: Inputs) -> Mapping[str, Answers]:
    """Answers of every planned variant that has predictions.

    Raises:
        StudyError: variants with different test labels, a number of classes that is not the data card's, or
            predictions that do not give the evaluation's own counts.
    """
    found: dict[str, Answers] = {}
    first = ""
    for variant in inputs.exported:
        arrays = inputs.predictions.get(variant)
        if arrays is None or variant not in inputs.accuracy:
            continue
        logits, labels = arrays["logits"], arrays["labels"]
        counts = metrics.per_class(logits, labels)
        if len(counts.n) != len(inputs.card["classes"]):
            raise StudyError(
                f"the predictions of {variant} have {len(counts.n)} classes, the data card "
                f"{len(inputs.card['classes'])}: run `dvc repro`"
            )
        stated = [entry["correct"] for entry in inputs.accuracy[variant].get("per_class", [])]
        if stated and stated != counts.correct.tolist():
            raise StudyError(f"the predictions and the accuracy of {variant} do not belong together: evaluate it again")
        first = first or variant
        if found and not np.array_equal(labels, found[first].labels):
            raise StudyError(f"{variant} and {first} were evaluated on different test images: run `dvc repro`")
        found[variant] = Answers(
            labels, metrics.predictions(logits), metrics.correct(logits, labels), metrics.ties(logits),
            confidences(logits),
        )  # fmt: skip
    return found
