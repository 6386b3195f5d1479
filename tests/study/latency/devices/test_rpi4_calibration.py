from dataclasses import replace
from typing import Any

import pytest

from study.errors import StudyError
from study.latency.devices.rpi4 import validation
from study.latency.devices.rpi4.calibration import calibrate, measured_us
from study.latency.devices.rpi4.label import FILE, errors

TEN = validation.published()
BOARD = "Raspberry Pi 4 Model B Rev 1.4"


def on_a_board(factor: float) -> list[validation.Known]:
    """The ten, measured on a board that takes exactly `factor` of the unscaled prediction."""
    return [replace(one, microseconds=factor * validation.from_profile(one)) for one in TEN]


def test_the_scale_of_a_board_is_found() -> None:
    found = calibrate(on_a_board(0.8), [])
    assert found.constants.scale == pytest.approx(0.8)
    assert found.constants.scale_error_percent == pytest.approx({"float32": 0, "int8": 0}, abs=1e-9)
    assert found.scale_before == pytest.approx(100 * (validation.profile_errors().scale / 0.8 - 1))
    assert found.constants.us_per_operator is None and found.rates_before is None


def test_rates_are_refitted_and_their_left_out_error_told() -> None:
    found = calibrate([], [replace(one, counts=None) for one in TEN])
    assert found.constants.scale is None
    assert found.constants.rates_error_percent == pytest.approx(
        {kind: error.mean for kind, error in errors(FILE).items()}
    )
    assert found.constants.us_per_million_macs == pytest.approx(validation.file_rates().us_per_million_macs)


def test_an_error_is_of_the_kinds_that_were_measured() -> None:
    pruned = [replace(one, kind=f"{one.kind}, pruned") for one in on_a_board(0.8) if one.kind == "int8"]
    found = calibrate([*pruned, *on_a_board(1.6)[:5]], []).constants.scale_error_percent
    assert found is not None and list(found) == ["int8, pruned", "float32"]
    assert found["int8, pruned"] == pytest.approx(100 * (2**0.5 - 1))  # the scale of all is half-way, in ratios
    assert found["float32"] == pytest.approx(100 * (1 - 2**-0.5))


@pytest.mark.parametrize("few", [[], TEN[:1], [one for one in TEN if one.architecture == "mobilenet"] * 2])
def test_too_few_are_refused(few: list[validation.Known]) -> None:
    with pytest.raises(StudyError, match="measure more"):
        calibrate(few, few)


def test_two_architectures_are_enough_for_the_scale_and_too_few_for_the_rates() -> None:
    pair = [one for one in TEN if one.architecture in ("mobilenet", "mobilenet_v2")]
    found = calibrate(pair, pair)
    assert found.constants.scale is not None and found.constants.us_per_operator is None


def document(**changed: Any) -> dict[str, Any]:
    rounds = [{"invoke_ns": [4_000_000, 5_000_000, 6_000_000], "end_to_end_ns": [5_000_000]}]
    return {
        "variant": "v",
        "model_sha256": "0",
        "device": "pi",
        "kind": "measured",
        "runtime": "tflite_runtime",
        "runtime_version": "2.14.0",
        "threads": 1,
        "key": "",
        "delegate": "none",
        "status": "ok",
        "flags": [],
        "rounds": rounds,
        "context": {"board": BOARD},
    } | changed


def test_the_median_of_a_board_counts() -> None:
    assert measured_us(document()) == 5000.0


@pytest.mark.parametrize(
    "changed",
    [
        {"context": {"board": None}},
        {"context": {"board": "Raspberry Pi 5 Model B"}},
        {"kind": "predicted"},
        {"threads": 4},
        {"status": "failed"},
        {"status": "partial"},
    ],
)
def test_nothing_else_does(changed: dict[str, Any]) -> None:
    assert measured_us(document(**changed)) is None
