"""What must not stand in one report is refused in one line."""

from dataclasses import replace

import pytest
import synthetic_study as synthetic

from study.errors import StudyError
from study.report.inputs import Evaluation, Inputs

BASE, PRUNED = "mobilenet_dense_s0_float32", "mobilenet_magnitude60_s0_int8"


@pytest.fixture
def inputs() -> Inputs:
    return synthetic.study(["mobilenet"])


def test_a_whole_study_and_one_without_results_pass(inputs: Inputs) -> None:
    inputs.check()
    synthetic.without(inputs, PRUNED).check()
    synthetic.without(inputs, BASE, field="predictions").check()


def test_two_data_sets_are_refused(inputs: Inputs) -> None:
    synthetic.facts(inputs.by_name[PRUNED])["data_fingerprint"] = "cd" * 32
    with pytest.raises(StudyError, match=f"{PRUNED} was evaluated on another data set"):
        inputs.check()


def test_predictions_of_another_evaluation_are_refused(inputs: Inputs) -> None:
    other = inputs.by_name[BASE].predictions
    with pytest.raises(StudyError, match=f"accuracy of {PRUNED} do not belong together"):
        synthetic.changed(inputs, {PRUNED: {"predictions": other}}).check()


def test_other_test_images_are_refused(inputs: Inputs) -> None:
    small = synthetic.study(["mobilenet"], images=30).by_name[PRUNED]
    evaluation = Evaluation(synthetic.document(small))
    mixed = synthetic.changed(inputs, {PRUNED: {"evaluation": evaluation, "predictions": small.predictions}})
    with pytest.raises(StudyError, match=f"{PRUNED} and {BASE} were evaluated on different test images"):
        mixed.check()


def test_an_empty_plan_is_refused(inputs: Inputs) -> None:
    with pytest.raises(StudyError, match="make plan"):
        replace(inputs, results=()).check()
