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
    for counted in (validation.WITH, validation.WITHOUT):
        found = {(one.architecture, one.kind): one.microseconds for one in validation.published(counted)}
        assert found == {
            (name, scheme): row.inference_us for scheme, (_, rows) in TABLES.items() for name, row in rows.items()
        }


def test_clearing_is_counted_in_int8_alone() -> None:
    for bare, shown in zip(validation.published(validation.WITHOUT), validation.published(), strict=True):
        assert bare.counts and shown.counts and bare.counts.cleared_lines == 0
        assert (shown.counts.cleared_lines > 0) == (shown.kind == "int8")
        assert (validation.from_profile(shown) > validation.from_profile(bare)) == (shown.kind == "int8")


def test_the_bound_holds_without_clearing() -> None:
    found = validation.scaled(validation.published(validation.WITHOUT), validation.from_profile)
    assert found.left_out_mape <= 0.18
    assert found.spearman >= 0.95
    assert 0.8 < found.scale < 1.25  # little is left for the scale to do


def test_the_refinements_help_where_nothing_is_fitted() -> None:
    ten = validation.published(validation.WITHOUT)
    refined = validation.unfitted(ten, validation.from_profile)
    plain = validation.unfitted(ten, validation.from_profile_unrefined)
    assert refined.mape < plain.mape
    assert refined.left_out_mape == refined.mape  # there is nothing to leave out of


def test_predictions_are_made_with_clearing_and_the_scale_of_without() -> None:
    made = validation.profile_errors()
    bare = validation.scaled(validation.published(validation.WITHOUT), validation.from_profile)
    assert made.scale == bare.scale
    expected = [made.scale * validation.from_profile(one) for one in validation.published(validation.WITH)]
    assert made.predicted == pytest.approx(expected)
    assert made.left_out[:5] == pytest.approx(bare.left_out[:5])  # float32 clears nothing
    assert made.left_out_mape > bare.left_out_mape


def test_no_rate_of_the_file_alone_is_negative() -> None:
    assert min(vars(validation.file_rates()).values()) >= 0


def test_errors_by_their_definition() -> None:
    found = validation.unfitted(models(100, 100, 300, 400), by_operators)
    assert found.mape == pytest.approx((0 + 1 + 0 + 0) / 4)
    assert found.worst == pytest.approx(1.0)
    assert found.fitted == found.left_out == pytest.approx((0, 1, 0, 0))
    assert found.predicted == (100, 200, 300, 400)


def test_a_scale_is_taken_from_the_other_architectures() -> None:
    found = validation.scaled(models(200, 400, 300, 400), by_operators)  # true scales: 2 and 1
    assert found.scale == pytest.approx(2**0.5)
    assert found.left_out_mape == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)


def test_a_scale_may_be_of_other_counts_of_the_same_models() -> None:
    bare = models(200, 400, 300, 400)
    double = [replace(one, work=replace(one.work, operators=2 * one.work.operators)) for one in bare]
    found, plain = validation.scaled(double, by_operators, fitted_to=bare), validation.scaled(bare, by_operators)
    assert found.scale == plain.scale
    assert found.predicted == pytest.approx([2 * one for one in plain.predicted])
    assert [1 + off for off in found.left_out] == pytest.approx([2 * (1 + off) for off in plain.left_out])


def test_errors_by_kind_by_their_definition() -> None:
    some = models(200, 400, 300, 400)
    found = validation.by_kind(some, validation.scaled(some, by_operators))  # left out: 0.5, 0.5, 2 and 2 times
    assert list(found) == ["0", "1"]
    assert (found["0"].mean, found["0"].worst) == pytest.approx((75, 100)) and found["0"].worst_of == "net1"
    assert (found["1"].mean, found["1"].worst) == pytest.approx((75, 100)) and found["1"].worst_of == "net1"


def test_the_worst_may_be_too_fast() -> None:
    some = models(1000, 400, 310, 400)
    found = validation.by_kind(some, validation.unfitted(some, by_operators))
    assert (found["0"].worst, found["0"].worst_of) == (pytest.approx(-90), "net0")


def test_a_perfect_prediction_has_no_error_whatever_its_unit() -> None:
    found = validation.scaled(models(700, 1400, 2100, 2800), by_operators)
    assert (found.left_out_mape, found.spearman, found.scale) == pytest.approx((0, 1, 7))


def test_one_architecture_cannot_be_left_out() -> None:
    with pytest.raises(StudyError, match="at least two"):
        validation.scaled(models(1, 2), by_operators)


def test_a_model_without_counts_has_no_profile_to_predict_from() -> None:
    with pytest.raises(StudyError, match="not emulated"):
        validation.from_profile(models(1)[0])


@pytest.mark.parametrize("damage", ["with_clearing", "without_clearing", "work", "published_us"])
def test_damaged_counts_are_one_line(damage: str) -> None:
    document = json.loads(validation.STORED.read_text())
    del document["models"][3][damage]
    with pytest.raises(StudyError, match="make validate-prediction"):
        validation.known(document, damage if damage.endswith("clearing") else validation.WITH)


@pytest.mark.parametrize("damage", ["counts", "cycles"])
def test_what_was_counted_is_whole(damage: str) -> None:
    document = json.loads(validation.STORED.read_text())
    del document["models"][3][validation.WITH][damage]
    with pytest.raises(StudyError, match="make validate-prediction"):
        validation.known(document)
