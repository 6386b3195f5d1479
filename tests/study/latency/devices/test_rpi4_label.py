"""The label under a predicted time: the left-out error of its kind and way, or none."""

from dataclasses import asdict
from typing import Any

import pytest

from study.latency.devices.rpi4 import label, validation
from study.latency.devices.rpi4.label import FILE, PROFILE, left_out_percent

SCALE = validation.profile_errors().scale
RATES = asdict(validation.file_rates())


def prediction(method: str = PROFILE, **changes: Any) -> dict[str, Any]:
    """A stored prediction with the constants of the published times."""
    constants = {PROFILE: {"scale": SCALE}, FILE: {"rates": RATES}}.get(method, {})
    computed = {"method": method, "calibrated": False, **constants, **changes.pop("computed", {})}
    return {"runtime": "tflite_runtime", "threads": 1, "delegate": "none", "computed": computed} | changes


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_a_prediction_from_the_profile_has_the_error_of_its_scheme(kind: str) -> None:
    """By hand: the scale of four architectures without clearing, times the sum of the fifth with it."""
    bare, shown = validation.published(validation.WITHOUT), validation.published(validation.WITH)
    off = []
    for one in shown:
        others = [other for other in bare if other.architecture != one.architecture]
        product = 1.0
        for other in others:
            product *= other.microseconds / validation.from_profile(other)
        if one.kind == kind:
            predicted = product ** (1 / len(others)) * validation.from_profile(one)
            off.append(abs(predicted / one.microseconds - 1))
    assert len(off) == 5
    assert left_out_percent(kind, prediction()) == pytest.approx(100 * sum(off) / 5)


def test_the_schemes_have_different_errors_and_the_file_alone_its_own() -> None:
    float32, int8 = (left_out_percent(kind, prediction()) for kind in ("float32", "int8"))
    assert float32 and int8 and int8 > 2 * float32
    errors = validation.file_errors().left_out
    assert left_out_percent("int8", prediction(FILE)) == pytest.approx(100 * sum(map(abs, errors[5:])) / 5)
    assert left_out_percent("float32", prediction(FILE)) == pytest.approx(100 * sum(map(abs, errors[:5])) / 5)


@pytest.mark.parametrize("method", [PROFILE, FILE])
@pytest.mark.parametrize("kind", ["dynamic", "float16", "int8, pruned", "float32, narrowed", "float32, 64x64", ""])
def test_other_kinds_are_not_validated(kind: str, method: str) -> None:
    assert left_out_percent(kind, prediction(method)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"threads": 2},
        {"threads": None},
        {"runtime": "ai_edge_litert"},
        {"delegate": "xnnpack"},
        {"computed": {"method": "emulation"}},
        {"computed": {"method": None}},
        {"computed": {"scale": SCALE * 1.011}},
        {"computed": {"scale": SCALE / 1.011}},
        {"computed": {"scale": None}},
        {"computed": {"scale": str(SCALE)}},
    ],
)
def test_nor_is_what_was_made_otherwise(changes: dict[str, Any]) -> None:
    assert left_out_percent("int8", prediction(**changes)) is None


@pytest.mark.parametrize(
    "rates", [None, [1.0], {}, {**RATES, "us_per_operator": 2 * RATES["us_per_operator"]}, dict.fromkeys(RATES)]
)
def test_nor_is_a_prediction_with_other_rates(rates: Any) -> None:
    assert left_out_percent("int8", prediction(FILE, computed={"rates": rates})) is None


def test_a_recount_that_moves_the_scale_by_less_than_a_hundredth_keeps_the_error() -> None:
    assert left_out_percent("int8", prediction(computed={"scale": SCALE * 1.009})) is not None


def test_a_document_without_anything_computed_has_none() -> None:
    assert left_out_percent("int8", {**prediction(), "computed": None}) is None
    assert left_out_percent("int8", {}) is None


def test_a_label_that_an_older_version_stored_is_not_repeated() -> None:
    old = {"error_percent": 15.6}
    assert left_out_percent("dynamic", prediction(computed=old)) is None
    assert left_out_percent("int8", prediction(computed=old)) == left_out_percent("int8", prediction()) != 15.6


@pytest.mark.parametrize("method", [PROFILE, FILE])
def test_constants_of_a_board_have_their_own_errors_of_the_kinds_measured(method: str) -> None:
    own = {"calibrated": True, "scale": 9.0, "rates": {}, "left_out_percent": {"int8": 3.5, "int8, pruned": 0}}
    found = {kind: left_out_percent(kind, prediction(method, computed=own)) for kind in ("int8", "int8, pruned")}
    assert found == {"int8": 3.5, "int8, pruned": 0.0}
    assert left_out_percent("float32", prediction(method, computed=own)) is None


@pytest.mark.parametrize(
    "own", [{}, {"error_percent": 3.5}, {"left_out_percent": 3.5}, {"left_out_percent": {"int8": "3"}}]
)
def test_without_errors_by_kind_they_have_none(own: dict[str, Any]) -> None:
    assert left_out_percent("int8", prediction(computed={"calibrated": True, "scale": SCALE, **own})) is None


def test_an_unknown_way_has_no_errors() -> None:
    with pytest.raises(KeyError):
        label.errors("by hand")
