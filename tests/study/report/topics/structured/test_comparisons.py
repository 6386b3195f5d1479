"""Where a structured variant stands beside networks of other widths: by hand, at the bounds, and beyond them."""

import csv
import io
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import synthetic_structured as made
import synthetic_study as synthetic
from hypothesis import given, settings
from hypothesis import strategies as st

from study.report.inputs import Inputs
from study.report.tables import Record, Tables, csv_text, records
from study.report.topics import accuracy, classes, latency, structured
from study.report.topics.structured.comparisons import (
    COLUMNS,
    MET,
    NOT_MET,
    OPEN,
    accurate,
    corrected,
    nearest,
    neighbours,
    outcome,
)
from study.report.topics.structured.findings import _told as told
from study.report.topics.structured.findings import details, sentence
from study.statistics.corrections import holm
from study.statistics.paired import compare

CUT = "mobilenet_v2_automatic50_s0_float32"
HOST = ("measured", "host", "ai_edge_litert", 1)


def network(variant: str, us: float, top1: float) -> Record:
    return {"variant": variant, "median_us": us, "top1": top1}


CURVE = [network("half", 200.0, 0.60), network("most", 300.0, 0.70), network("full", 400.0, 0.72)]


def tables_of(inputs: Inputs) -> Tables:
    topics = (accuracy, classes, latency, structured)
    return Tables(inputs, {name: make for topic in topics for name, make in topic.TOPIC.tables.items()})


@pytest.mark.parametrize("us, top1", [(200, 0.60), (250, 0.65), (300, 0.70), (325, 0.705), (400, 0.72)])
def test_a_straight_line_between_neighbours(us: float, top1: float) -> None:
    assert neighbours(CURVE, us)[2] == pytest.approx(top1)


@pytest.mark.parametrize("us, faster, slower", [(199.9, None, CURVE[0]), (400.1, CURVE[2], None)])
def test_nothing_is_extrapolated(us: float, faster: Record | None, slower: Record | None) -> None:
    assert neighbours(CURVE, us) == (faster, slower, None)


def test_of_equal_latencies_the_most_accurate_counts() -> None:
    twin = network("twin", 300.0, 0.65)
    assert neighbours([*CURVE, twin], 300.0)[2] == neighbours([twin, *CURVE], 300.0)[2] == 0.70


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 1000), st.floats(0, 1)), min_size=1, max_size=6), st.floats(1, 1000))
def test_the_line_stays_between_its_neighbours(points: list[tuple[float, float]], us: float) -> None:
    curve = [network(str(number), *point) for number, point in enumerate(points)]
    faster, slower, top1 = neighbours(curve, us)
    assert (top1 is None) == (us < min(us for us, _ in points) or us > max(us for us, _ in points))
    if top1 is not None and faster and slower:
        ends = sorted([faster["top1"], slower["top1"]])
        assert ends[0] - 1e-9 <= top1 <= ends[1] + 1e-9
        assert faster["median_us"] <= us <= slower["median_us"]
    assert abs(nearest(curve, us)["median_us"] - us) == min(abs(one["median_us"] - us) for one in curve)


@pytest.mark.parametrize(
    "top1, us, expected",
    [
        (0.65, 250, True),
        (0.6499, 250, False),
        (0.72, 400, True),
        (0.60, 100, True),
        (0.59, 100, None),  # faster than all: better than the fastest is certain, worse is not known
        (0.72, 500, False),
        (0.73, 500, None),  # slower than all
    ],
)
def test_accurate_at_equal_latency(top1: float, us: float, expected: bool | None) -> None:
    assert accurate(top1, *neighbours(CURVE, us)) is expected


@pytest.mark.parametrize(
    "parts, expected",
    [
        ((True, True), MET),
        ((True, False), NOT_MET),
        ((False, True), NOT_MET),
        ((False, None), NOT_MET),
        ((None, False), NOT_MET),
        ((None, True), OPEN),
        ((True, None), OPEN),
        ((None, None), OPEN),
    ],
)
def test_the_criterion(parts: tuple[bool | None, bool | None], expected: str) -> None:
    assert outcome(*parts) == expected


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return made.study({"automatic": [50], "automatic_coupled": [50]}, alphas=(0.5, 0.75), images=30)


@pytest.fixture(scope="module")
def tables(inputs: Inputs) -> Tables:
    return tables_of(inputs)


def rows_of(tables: Tables, name: str = "equal_latency") -> list[Record]:
    return records(tables[name])


def planted(inputs: Inputs, us: float, top1: float, seconds: float = 700.0) -> Record:
    """The row of CUT, beside 200 us with 60 % and 300 us with 70 %, 400 us with 72 %, each trained for an hour."""
    known = {
        "mobilenet_v2_alpha50_dense_s0_float32": (200.0, 0.60),
        "mobilenet_v2_dense_s0_float32": (400.0, 0.72),
        "mobilenet_v2_alpha75_dense_s0_float32": (300.0, 0.70),
        CUT: (us, top1),
    }
    slots = [
        replace(slot, document=made.measured(slot.variant, slot.runtime, 1, known[slot.variant][0]))
        for slot in inputs.latency
        if slot.variant in known and (slot.device, slot.runtime, slot.threads) == HOST[1:]
    ]
    timing = {inputs.by_name[name].variant.model: {"seconds": seconds if name == CUT else 3600.0} for name in known}
    changed = replace(inputs, latency=slots, timing=timing)
    for name, (_, share) in known.items():
        changed = synthetic.evaluated(changed, name, top1=share)
    return next(
        row
        for row in rows_of(tables_of(changed))
        if (row["variant"], row["kind"], row["device"], row["runtime"], row["threads"]) == (CUT, *HOST)
    )


def right(inputs: Inputs, name: str) -> Any:
    predictions = inputs.by_name[name].predictions
    assert predictions is not None
    return predictions.correct


def test_the_row_by_hand(inputs: Inputs) -> None:
    row = planted(inputs, 260.0, 0.67)
    assert (row["faster_alpha"], row["slower_alpha"]) == (0.5, 0.75)
    assert row["curve_top1"] == pytest.approx(0.66)
    assert row["difference_pp"] == pytest.approx(1.0)
    assert (row["against_alpha"], row["against_us"], row["against_top1"]) == (0.75, 300.0, 0.70)
    assert row["training_ratio"] == pytest.approx(700 / 3600)
    assert (row["accurate"], row["cheap"], row["outcome"]) == (True, True, MET)


def test_the_sentence_begins_with_the_decision(inputs: Inputs) -> None:
    met = sentence(planted(inputs, 260.0, 0.67), False)
    assert met.startswith(
        "Met: mobilenet_v2 \u00b7 automatic 50\u00a0% \u00b7 float32. Top-1 67.00\u00a0% at 260\u00a0\u00b5s, 1.00 "
        "points above the 66.00\u00a0% on the line from alpha 0.5 to alpha 0.75. Training took 19\u00a0% of the time "
        "of alpha 0.75, nearest in latency: at most a third. Against that network on the same images: "
    )
    assert "adjusted p" in met
    lost = sentence(planted(inputs, 260.0, 0.64, 1800.0), False)
    assert lost.startswith("Not met (less accurate, training took too long): ")
    assert "2.00 points below the 66.00\u00a0% on the line" in lost and "50\u00a0% of the time" in lost
    assert ": more than a third." in lost


def test_beyond_the_line_it_is_said(inputs: Inputs) -> None:
    fast = planted(inputs, 150.0, 0.55)
    assert (fast["curve_top1"], fast["difference_pp"], fast["outcome"]) == (None, None, OPEN)
    assert "150\u00a0\u00b5s, faster than every network on the line: nothing is extrapolated" in sentence(fast, False)
    slow = planted(inputs, 450.0, 0.71)
    assert slow["outcome"] == NOT_MET
    assert "slower than every network on the line" in sentence(slow, False)


def test_a_third_is_enough(inputs: Inputs) -> None:
    assert planted(inputs, 260.0, 0.67, 1200.0)["cheap"] is True
    assert planted(inputs, 260.0, 0.67, 1201.0)["cheap"] is False


def test_the_test_is_mcnemars_and_holm_counts_every_pair_once(inputs: Inputs, tables: Tables) -> None:
    rows = rows_of(tables)
    assert len(rows) == 2 * 2 * 3  # methods, schemes, places
    tests = {}
    for row in rows:
        expected = compare(*(right(inputs, row[key]) for key in ("against", "variant")))
        assert (row["against_pp"], row["p_value"], row["n"]) == (expected.delta_pp, expected.p_value, 300)
        tests[row["variant"], row["against"]] = row["p_value"]
    adjusted = dict(zip(tests, holm(list(tests.values())), strict=True))
    assert len(tests) < len(rows)
    assert all(row["p_adjusted"] == adjusted[row["variant"], row["against"]] for row in rows)


def test_two_rows_of_the_same_two_variants_are_one_test() -> None:
    rows = pd.DataFrame({"variant": list("aab"), "against": list("ccc"), "p_value": [0.01, 0.01, 0.04]})
    found = corrected(rows)
    assert list(found["p_adjusted"]) == [0.02, 0.02, 0.04]
    assert list(found["against_significant"]) == [True] * 3


def test_schemes_and_kinds_never_meet(tables: Tables) -> None:
    for row in rows_of(tables):
        assert {
            name.rsplit("_", 1)[1]
            for name in (
                row["variant"],
                row["against"],
                row["faster"] or row["against"],
                row["slower"] or row["against"],
            )
        } == {row["quantization"]}
    assert {(row["kind"], row["threads"]) for row in rows_of(tables)} == {("measured", 1), ("predicted", 1)}


def test_unstable_times_are_said(inputs: Inputs) -> None:
    slots = [
        replace(slot, document={**(slot.document or {}), "status": "unstable"})
        if slot.variant == "mobilenet_v2_dense_s0_float32"
        else slot
        for slot in inputs.latency
    ]
    rows = rows_of(tables_of(replace(inputs, latency=slots)))
    doubtful = [row for row in rows if row["unstable"]]
    used = [row for row in rows if "mobilenet_v2_dense_s0_float32" in (row["faster"], row["slower"], row["against"])]
    assert doubtful == used
    assert all(sentence(row, False).endswith("Some of these times are unstable.") for row in doubtful)


def test_without_other_widths_it_is_open() -> None:
    tables = tables_of(made.study({"sfp": [30]}, alphas=(), images=5))
    shown = [key for key in COLUMNS if not key.startswith("_")]
    assert csv_text(tables["equal_latency"]).splitlines() == [",".join(shown)]
    assert "Open: 2 structured variants, and no network of another width" in details(tables)[0].text


def test_what_is_missing_leaves_gaps_and_no_claim(inputs: Inputs) -> None:
    names = [one.name for one in inputs.results]
    bare = synthetic.without(replace(inputs, timing={}, compression={}), *names, field="predictions")
    for row in rows_of(tables_of(bare)):
        assert row["training_ratio"] is None and row["cheap"] is None and row["p_value"] is None
        assert row["outcome"] == (NOT_MET if row["accurate"] is False else OPEN)
        said = sentence(row, False)
        assert "Training times are not known. There are no answers to test it" in said


def test_other_seeds_are_other_networks() -> None:
    inputs = made.study({"sfp": [30]}, alphas=(0.5,), images=5, seeds=(0, 1))
    for row in rows_of(tables_of(inputs)):
        assert f"_s{row['seed']}_" in row["against"]


def test_zero_padding_stands_beside_its_absence(inputs: Inputs, tables: Tables) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(tables["zero_padding"]))))
    assert [(row["variant"], row["against"]) for row in rows] == [
        (f"mobilenet_v2_automatic50_s0_{scheme}", f"mobilenet_v2_automatic_coupled50_s0_{scheme}")
        for scheme in ("float32", "int8")
    ]
    shown = {row["variant"]: row for row in rows_of(tables, "structured")}
    for row in rows:
        expected = compare(*(right(inputs, row[key]) for key in ("against", "variant")))
        assert float(row["against_pp"]) == pytest.approx(expected.delta_pp, abs=1e-4)
        for key in ("macs_ratio", "latency_ratio", "training_seconds"):
            theirs = "against_seconds" if key == "training_seconds" else f"against_{key}"
            assert float(row[key]) == pytest.approx(shown[row["variant"]][key], abs=1e-6)
            assert float(row[theirs]) == pytest.approx(shown[row["against"]][key], abs=1e-6)
    said = next(point for point in details(tables) if point.topic == "Zero padding")
    assert len(said.parts) == 2 and "MACs 36.00\u00a0% and 36.00\u00a0%" in said.parts[0]


def test_amounts_without_a_counterpart_have_no_pair() -> None:
    tables = tables_of(made.study({"automatic": [30], "automatic_coupled": [50]}, alphas=(), images=5))
    assert rows_of(tables, "zero_padding") == []
    assert not any(point.topic == "Zero padding" for point in details(tables))


def test_a_ratio_of_predictions_is_said_to_be_not_validated() -> None:
    row = {
        "method": "sfp",
        "amount": 30.0,
        "level": "",
        "quantization": "int8",
        "device": "host",
        "runtime": "r",
        "status": "ok",
    }
    row |= {"latency_ratio": 0.5, "delta_pp": -1.0, "ci_low_pp": -2.0, "ci_high_pp": 0.0}
    assert "25.00\u00a0% of its predicted time (not validated); top-1" in told(row | {"predicted_ratio": 0.25}, False)
    assert "predicted" not in told(row | {"predicted_ratio": None}, False)
