import json
from dataclasses import replace

import pytest

from study.errors import StudyError
from study.latency.devices.rpi4 import validation
from study.latency.devices.rpi4.from_file import Work
from study.latency.devices.rpi4.validation import Known
from study.report.reference import TABLES

WORK = Work(1_000_000, 1_000_000, 10)


def models(*times: float) -> list[Known]:
    """Two models an architecture; the file asks for 100 operators more each time."""
    return [
        Known(f"net{number // 2}", str(number % 2), replace(WORK, operators=100 * (number + 1)), time)
        for number, time in enumerate(times)
    ]


def by_operators(model: Known) -> float:
    return float(model.work.operators)


def test_the_ten_are_those_of_the_study_of_2021() -> None:
    found = {(one.architecture, one.scheme): one.microseconds for one in validation.published()}
    assert found == {
        (name, scheme): row.inference_us for scheme, (_, rows) in TABLES.items() for name, row in rows.items()
    }


def test_the_bound_holds_on_the_stored_counts() -> None:
    found = validation.profile_errors()
    assert found.left_out_mape <= 0.18
    assert found.spearman >= 0.95
    assert 0.8 < found.scale < 1.25  # little is left for the scale to do


def test_the_refinements_help_where_nothing_is_fitted() -> None:
    ten = validation.published()
    refined = validation.unfitted(ten, validation.from_profile)
    plain = validation.unfitted(ten, validation.from_profile_unrefined)
    assert refined.mape < plain.mape
    assert refined.left_out_mape == refined.mape  # there is nothing to leave out of


def test_the_file_alone_predicts_worse_and_says_so() -> None:
    assert validation.file_errors().left_out_mape > validation.profile_errors().left_out_mape
    assert min(vars(validation.file_rates()).values()) >= 0


def test_errors_by_their_definition() -> None:
    found = validation.unfitted(models(100, 100, 300, 400), by_operators)
    assert found.mape == pytest.approx((0 + 1 + 0 + 0) / 4)
    assert found.worst == pytest.approx(1.0)
    assert found.predicted == (100, 200, 300, 400)


def test_a_scale_is_taken_from_the_other_architectures() -> None:
    found = validation.scaled(models(200, 400, 300, 400), by_operators)  # true scales: 2 and 1
    assert found.scale == pytest.approx(2**0.5)
    assert found.left_out_mape == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)


def test_a_perfect_prediction_has_no_error_whatever_its_unit() -> None:
    found = validation.scaled(models(700, 1400, 2100, 2800), by_operators)
    assert (found.left_out_mape, found.spearman, found.scale) == pytest.approx((0, 1, 7))


def test_one_architecture_cannot_be_left_out() -> None:
    with pytest.raises(StudyError, match="at least two"):
        validation.scaled(models(1, 2), by_operators)


def test_a_model_without_counts_has_no_profile_to_predict_from() -> None:
    with pytest.raises(StudyError, match="not emulated"):
        validation.from_profile(models(1)[0])


@pytest.mark.parametrize("damage", ["counts", "work", "cycles", "published_us"])
def test_damaged_counts_are_one_line(damage: str) -> None:
    document = json.loads(validation.STORED.read_text())
    del document["models"][3][damage]
    with pytest.raises(StudyError, match="make validate-prediction"):
        validation.known(document)
