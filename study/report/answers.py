"""What each variant answered on the test images, checked against its evaluation: used by every table."""

from collections.abc import Mapping

import numpy as np

from study.errors import StudyError
from study.report.inputs import Inputs
from study.tasks.classification import Predictions, predictions_of

__all__ = ["Predictions", "answers"]


def answers(inputs: Inputs) -> Mapping[str, Predictions]:
    """Answers of every planned variant that has predictions, or answers kept from an earlier report.

    Raises:
        StudyError: variants with different test labels, a number of classes that is not the data card's, or
            predictions that do not give the evaluation's own counts.
    """
    found: dict[str, Predictions] = {}
    first = ""
    for variant in inputs.exported:
        if variant not in inputs.accuracy or not (own := _answers(inputs, variant)):
            continue
        stated = [entry["correct"] for entry in inputs.accuracy[variant].get("per_class", [])]
        counted = np.bincount(own.labels[own.correct], minlength=len(inputs.card["classes"])).tolist()
        if stated and stated != counted:
            raise StudyError(f"the predictions and the accuracy of {variant} do not belong together: evaluate it again")
        first = first or variant
        if found and not np.array_equal(own.labels, found[first].labels):
            raise StudyError(f"{variant} and {first} were evaluated on different test images: run `dvc repro`")
        found[variant] = own
    return found


def _answers(inputs: Inputs, variant: str) -> Predictions | None:
    arrays = inputs.predictions.get(variant)
    if arrays is None:
        return inputs.answered.get(variant)
    classes, outputs = len(inputs.card["classes"]), arrays["logits"].shape[-1]
    if outputs != classes:
        raise StudyError(
            f"the predictions of {variant} have {outputs} classes, the data card {classes}: run `dvc repro`"
        )
    return predictions_of(arrays["logits"], arrays["labels"])
