"""Where a structured variant stands beside networks of other widths: by hand, at the bounds, and beyond them."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
import synthetic_structured as structured
from hypothesis import given, settings
from hypothesis import strategies as st

from study.report.answers import answers
from study.report.facts import Facts, csv_files, gather
from study.report.inputs import Inputs
from study.report.structured.curve import Width, nearest, place
from study.report.structured.equal_latency import COLUMNS, MET, NOT_MET, OPEN, accurate, outcome
from study.report.structured.findings import details
from study.report.structured.sentences import sentence
from study.statistics.corrections import holm
from study.statistics.paired import compare

CUT = "mobilenet_v2_automatic50_s0_float32"
CURVE = [Width("half", 0.5, 200.0, 0.60), Width("most", 0.75, 300.0, 0.70), Width("full", 1.0, 400.0, 0.72)]
HOST = ("measured", "host", "ai_edge_litert", 1)


@pytest.mark.parametrize("us, top1", [(200, 0.60), (250, 0.65), (300, 0.70), (325, 0.705), (400, 0.72)])
def test_a_straight_line_between_neighbours(us: float, top1: float) -> None:
    assert place(CURVE, us).top1 == pytest.approx(top1)


@pytest.mark.parametrize("us, below, above", [(199.9, None, "half"), (400.1, "full", None)])
def test_nothing_is_extrapolated(us: float, below: str | None, above: str | None) -> None:
    found = place(CURVE, us)
    assert found.top1 is None
    assert (found.below and found.below.variant, found.above and found.above.variant) == (below, above)


def test_of_equal_latencies_the_most_accurate_counts() -> None:
    twin = Width("twin", 0.6, 300.0, 0.65)
    assert place([*CURVE, twin], 300.0).top1 == place([twin, *CURVE], 300.0).top1 == 0.70


def test_an_empty_curve_has_no_place() -> None:
    with pytest.raises(ValueError, match="needs a network"):
        place([], 1.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 1000), st.floats(0, 1)), min_size=1, max_size=6), st.floats(1, 1000))
def test_the_line_stays_between_its_neighbours(points: list[tuple[float, float]], us: float) -> None:
    curve = [Width(str(number), 1.0, *point) for number, point in enumerate(points)]
    found = place(curve, us)
    assert (found.top1 is None) == (us < min(us for us, _ in points) or us > max(us for us, _ in points))
    if found.top1 is not None and found.below and found.above:
        ends = sorted([found.below.top1, found.above.top1])
        assert ends[0] - 1e-9 <= found.top1 <= ends[1] + 1e-9
        assert found.below.us <= us <= found.above.us
    assert abs(nearest(curve, us).us - us) == min(abs(one.us - us) for one in curve)


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
    assert accurate(top1, place(CURVE, us)) is expected


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
    return structured.study({"automatic": [50], "automatic_coupled": [50]}, alphas=(0.5, 0.75), images=30)


@pytest.fixture(scope="module")
def facts(inputs: Inputs) -> Facts:
    return gather(inputs)


def row_of(facts: Facts, variant: str = CUT) -> dict[str, Any]:
    return next(
        row
        for row in facts.equal_latency
        if (row["variant"], row["kind"], row["device"], row["runtime"], row["threads"]) == (variant, *HOST)
    )


def planted(inputs: Inputs, us: float, top1: float, seconds: float = 700.0) -> dict[str, Any]:
    """The row of CUT, beside 200 us with 60 % and 300 us with 70 %, 400 us with 72 %, each trained for an hour."""
    known = {
        "mobilenet_v2_alpha50_dense_s0_float32": (200.0, 0.60),
        "mobilenet_v2_dense_s0_float32": (400.0, 0.72),
        "mobilenet_v2_alpha75_dense_s0_float32": (300.0, 0.70),
        CUT: (us, top1),
    }
    accuracy = {
        name: {**document, "top1": known[name][1]} if name in known else document
        for name, document in inputs.accuracy.items()
    }
    latency = [
        replace(slot, document=structured.measured(slot.variant, slot.runtime, 1, known[slot.variant][0]))
        for slot in inputs.latency
        if slot.variant in known and (slot.device, slot.runtime, slot.threads) == HOST[1:]
    ]
    timing = {
        cell["model"]: {"seconds": seconds if name == CUT else 3600.0}
        for name, cell in inputs.exported.items()
        if name in known
    }
    return row_of(gather(replace(inputs, accuracy=accuracy, latency=latency, timing=timing)))


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


def test_the_test_is_mcnemars_and_holm_counts_every_pair_once(inputs: Inputs, facts: Facts) -> None:
    found, rows = answers(inputs), facts.equal_latency
    assert len(rows) == 2 * 2 * 3  # methods, schemes, places
    tests = {}
    for row in rows:
        expected = compare(found[row["against"]].correct, found[row["variant"]].correct)
        assert (row["against_pp"], row["p_value"], row["n"]) == (expected.delta_pp, expected.p_value, 300)
        tests[row["variant"], row["against"]] = row["p_value"]
    adjusted = dict(zip(tests, holm(list(tests.values())), strict=True))
    assert len(tests) < len(rows)
    assert all(row["p_adjusted"] == adjusted[row["variant"], row["against"]] for row in rows)


def test_schemes_and_kinds_never_meet(facts: Facts) -> None:
    for row in facts.equal_latency:
        assert {
            name.rsplit("_", 1)[1]
            for name in (
                row["variant"],
                row["against"],
                row["faster"] or row["against"],
                row["slower"] or row["against"],
            )
        } == {row["quantization"]}
    assert {(row["kind"], row["threads"]) for row in facts.equal_latency} == {("measured", 1), ("predicted", 1)}


def test_unstable_times_are_said(inputs: Inputs) -> None:
    slots = [
        replace(slot, document={**(slot.document or {}), "status": "unstable"})
        if slot.variant == "mobilenet_v2_dense_s0_float32"
        else slot
        for slot in inputs.latency
    ]
    rows = gather(replace(inputs, latency=slots)).equal_latency
    doubtful = [row for row in rows if row["unstable"]]
    used = [row for row in rows if "mobilenet_v2_dense_s0_float32" in (row["faster"], row["slower"], row["against"])]
    assert doubtful == used
    assert all(sentence(row, False).endswith("Some of these times are unstable.") for row in doubtful)


def test_without_other_widths_it_is_open() -> None:
    facts = gather(structured.study({"sfp": [30]}, alphas=(), images=5))
    assert facts.equal_latency == []
    assert csv_files(facts)["equal_latency.csv"].splitlines() == [",".join(COLUMNS)]
    assert "Open: 2 structured variants, and no network of another width" in details(facts)[0].text


def test_what_is_missing_leaves_gaps_and_no_claim(inputs: Inputs) -> None:
    bare = replace(inputs, timing={}, predictions={}, compression={})
    for row in gather(bare).equal_latency:
        assert row["training_ratio"] is None and row["cheap"] is None and row.get("p_value") is None
        assert row["outcome"] == (NOT_MET if row["accurate"] is False else OPEN)
        said = sentence(row, False)
        assert "Training times are not known. There are no answers to test it" in said


def test_other_seeds_are_other_networks() -> None:
    inputs = structured.study({"sfp": [30]}, alphas=(0.5,), images=5, seeds=(0, 1))
    for row in gather(inputs).equal_latency:
        assert f"_s{row['seed']}_" in row["against"]


def test_zero_padding_stands_beside_its_absence(inputs: Inputs, facts: Facts) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_files(facts)["zero_padding.csv"])))
    assert [(row["variant"], row["against"]) for row in rows] == [
        (f"mobilenet_v2_automatic50_s0_{scheme}", f"mobilenet_v2_automatic_coupled50_s0_{scheme}")
        for scheme in ("float32", "int8")
    ]
    found = answers(inputs)
    shown = {row["variant"]: row for row in facts.structured}
    for row in rows:
        expected = compare(found[row["against"]].correct, found[row["variant"]].correct)
        assert float(row["against_pp"]) == pytest.approx(expected.delta_pp, abs=1e-4)
        for key in ("macs_ratio", "latency_ratio", "training_seconds"):
            theirs = "against_seconds" if key == "training_seconds" else f"against_{key}"
            assert float(row[key]) == pytest.approx(shown[row["variant"]][key], abs=1e-6)
            assert float(row[theirs]) == pytest.approx(shown[row["against"]][key], abs=1e-6)
    said = next(point for point in details(facts) if point.topic == "Zero padding")
    assert len(said.parts) == 2 and "MACs 36.00\u00a0% and 36.00\u00a0%" in said.parts[0]


def test_amounts_without_a_counterpart_have_no_pair() -> None:
    facts = gather(structured.study({"automatic": [30], "automatic_coupled": [50]}, alphas=(), images=5))
    assert facts.zero_padding == []
    assert not any(point.topic == "Zero padding" for point in details(facts))
