"""Statements on time: an ARM board decides, another machine indicates, doubtful runs do neither."""

from typing import Any

import pytest
import verdict_rows as made

from study.report.tables import Row
from study.report.topics.verdicts.judging import CONFIRMED, NOT_TESTABLE, REFUTED

TWO = ("mobilenet", "mobilenet_v2")


def measured(rows: list[Row], medians: dict[str, float], **changes: Any) -> list[Row]:
    """Times of float32, dense: 100 us; of the others by architecture."""
    return [
        made.time(row["variant"], 100.0 if row["baseline"] == row["variant"] else medians[row["arch"]], **changes)
        for row in rows
    ]


def int8(medians: dict[str, float], **changes: Any) -> Any:
    rows = made.pair(lambda arch: {}, archs=tuple(medians))
    return made.study(rows, measured(rows, medians, **changes))


@pytest.mark.parametrize(
    ("medians", "changes", "expected"),
    [
        ({"mobilenet": 40.0, "mobilenet_v2": 90.0}, {}, CONFIRMED),
        ({"mobilenet": 40.0, "mobilenet_v2": 110.0}, {}, REFUTED),
        ({"mobilenet": 40.0, "mobilenet_v2": 99.0}, {}, NOT_TESTABLE),  # intervals overlap
        ({"mobilenet": 100.0}, {"spread": 0.0}, NOT_TESTABLE),  # a tie
        ({"mobilenet": 40.0}, {"ci_low_us": None}, NOT_TESTABLE),
        ({"mobilenet": 40.0}, {"ci_high_us": float("nan")}, NOT_TESTABLE),
        ({"mobilenet": 40.0}, {"status": "unstable"}, NOT_TESTABLE),
        ({"mobilenet": 40.0}, {"kind": "emulated"}, NOT_TESTABLE),
        ({"mobilenet": 40.0}, {"kind": "predicted"}, NOT_TESTABLE),
        ({"mobilenet": 40.0}, {"threads": 4}, NOT_TESTABLE),
        ({"mobilenet": 40.0}, {"median_us": None}, NOT_TESTABLE),
        ({"mobilenet": 40.0}, {"machine": "armv7l"}, CONFIRMED),
        ({"mobilenet": 40.0}, {"machine": None}, NOT_TESTABLE),
    ],
)
def test_int8_is_faster(medians: dict[str, float], changes: dict[str, Any], expected: str) -> None:
    assert made.judge("int8-time", int8(medians, **changes)).status == expected


def test_another_machine_only_indicates() -> None:
    one = made.judge("int8-time", int8({"mobilenet": 40.0, "mobilenet_v2": 50.0}, machine="x86_64"))
    assert one.status == NOT_TESTABLE
    assert one.text == (
        "No stable time was measured on an ARM board. An indication only, from pi \u00b7 ai_edge_litert \u00b7 x86_64: "
        "int8 is 2.00 to 2.50 times as fast as unpruned float32, 2.25 in the median over 2 networks (2 stable "
        "comparisons)."
    )


def test_doubtful_runs_are_counted() -> None:
    text = made.judge("int8-time", int8({"mobilenet": 40.0}, status="unstable")).text
    assert text == "No stable time was measured on an ARM board; 1 comparison rested on unstable runs."


def test_an_arm_board_counts_even_beside_another_machine() -> None:
    rows = made.pair(lambda arch: {}, archs=("mobilenet",))
    times = measured(rows, {"mobilenet": 40.0})
    times += measured(rows, {"mobilenet": 360.0}, device="host", machine="x86_64")
    one = made.judge("int8-time", made.study(rows, times))
    assert one.status == CONFIRMED
    assert one.parts == ("pi \u00b7 ai_edge_litert \u00b7 aarch64: mobilenet 2.50 (2.45 to 2.55)",)


@pytest.mark.parametrize(
    ("medians", "expected"),
    [
        ({"mobilenet": 30.0, "mobilenet_v2": 60.0}, CONFIRMED),
        ({"mobilenet": 60.0, "mobilenet_v2": 30.0}, REFUTED),
        ({"mobilenet": 60.0, "mobilenet_v2": 60.0}, NOT_TESTABLE),
        ({"mobilenet": 60.0}, NOT_TESTABLE),
        ({"mobilenet_v2": 60.0, "efficientnet_b0": 30.0}, NOT_TESTABLE),
    ],
)
def test_most_for_mobilenet(medians: dict[str, float], expected: str) -> None:
    assert made.judge("int8-time-mobilenet", int8(medians)).status == expected


def test_boards_are_compared_each_with_itself() -> None:
    rows = made.pair(lambda arch: {}, archs=TWO)
    first, second = rows[:2], rows[2:]
    times = measured(first, {"mobilenet": 30.0}) + measured(second, {"mobilenet_v2": 60.0}, device="other pi")
    one = made.judge("int8-time-mobilenet", made.study(rows, times))
    assert (one.status, one.text) == (
        NOT_TESTABLE,
        "MobileNet and another network were not measured on the same ARM board.",
    )


@pytest.mark.parametrize(
    ("median", "spread", "expected"),
    [(101.0, 0.005, CONFIRMED), (80.0, 0.01, REFUTED), (120.0, 0.01, REFUTED), (104.0, 0.03, NOT_TESTABLE)],
)
def test_pruning_keeps_the_time(median: float, spread: float, expected: str) -> None:
    rows = made.pair(lambda arch: {}, 60, "float32", ("mobilenet",))
    found = made.study(rows, measured(rows, {"mobilenet": median}, spread=spread))
    assert made.judge("pruning-time", found).status == expected


def test_without_intervals_pruning_is_undecided() -> None:
    rows = made.pair(lambda arch: {}, 60, "float32", ("mobilenet",))
    found = made.study(rows, measured(rows, {"mobilenet": 100.0}, ci_low_us=None))
    assert made.judge("pruning-time", found).status == NOT_TESTABLE
