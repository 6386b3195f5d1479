"""structured.csv and channels.csv: recomputed by hand, with gaps where something is missing."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
import synthetic_structured as made
import synthetic_study as synthetic

from study.latency.devices.rpi4.label import PROFILE, errors
from study.plan.variant import Level
from study.report.inputs import Inputs, Slot
from study.report.tables import Tables, csv_text
from study.report.topics import accuracy, classes, latency, structured

RECIPES = {"sfp": [30], "automatic": [50], "automatic_coupled": [50]}
FULL, CUT = "mobilenet_v2_dense_s0_int8", "mobilenet_v2_automatic50_s0_int8"


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return made.study(RECIPES, alphas=(0.5,), images=5)


def tables_of(inputs: Inputs) -> Tables:
    topics = (accuracy, classes, latency, structured)
    return Tables(inputs, {name: make for topic in topics for name, make in topic.TOPIC.tables.items()})


def table(inputs: Inputs, name: str = "structured") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(tables_of(inputs)[name]))))


def row_of(inputs: Inputs, variant: str = CUT) -> dict[str, str]:
    return next(row for row in table(inputs) if row["variant"] == variant)


def without(inputs: Inputs, field: str, key: str) -> Inputs:
    changes: dict[str, Any] = {field: {k: v for k, v in getattr(inputs, field).items() if k != key}}
    return replace(inputs, **changes)


def test_ratios_are_those_of_the_evaluations(inputs: Inputs) -> None:
    for row in table(inputs):
        own = synthetic.document(inputs.by_name[row["variant"]])
        full = synthetic.document(inputs.by_name[FULL.replace("int8", row["quantization"])])
        assert row["full"] == FULL.replace("int8", row["quantization"])
        for key in ("macs", "parameters"):
            assert int(row[key]) == own[key]
            assert float(row[f"{key}_ratio"]) == pytest.approx(own[key] / full[key], abs=1e-6)
        assert (int(row["file_bytes"]), float(row["top1"])) == (own["file_bytes"], pytest.approx(own["top1"]))


def test_times_are_those_of_one_thread_on_the_host_and_predicted(inputs: Inputs) -> None:
    for row in table(inputs):
        own, full = (inputs.by_name[row[key]].variant for key in ("variant", "full"))
        assert (row["device"], row["runtime"]) == ("host", "ai_edge_litert")
        assert float(row["median_us"]) == pytest.approx(made.microseconds(own), abs=1e-3)
        assert float(row["predicted_us"]) == pytest.approx(12 * made.microseconds(own), abs=1e-3)
        for key in ("latency_ratio", "predicted_ratio"):
            expected = made.microseconds(own) / made.microseconds(full)
            assert float(row[key]) == pytest.approx(expected, abs=1e-6)


def test_training_is_analysis_and_epochs(inputs: Inputs) -> None:
    rows = {row["variant"]: row for row in table(inputs)}
    assert (rows[CUT]["analysis_seconds"], rows[CUT]["training_seconds"]) == ("200.000", "800.000")
    assert rows["mobilenet_v2_sfp30_s0_int8"]["training_seconds"] == "600.000"
    assert rows["mobilenet_v2_alpha50_dense_s0_int8"]["training_seconds"] == "2520.000"


def test_changes_are_those_of_the_results(inputs: Inputs) -> None:
    results = {row["variant"]: row for row in table(inputs, "results")}
    for row in table(inputs):
        for key in ("baseline", "delta_pp", "ci_low_pp", "ci_high_pp", "p_value", "alpha"):
            assert row[key] == results[row["variant"]][key]


def test_channels_are_those_of_the_documents(inputs: Inputs) -> None:
    found = [
        (row["model"], row["layer"], int(row["kept_channels"]), int(row["full_channels"]))
        for row in table(inputs, "channels")
    ]
    assert found == [
        (model, one["layer"], one["kept"], one["of"])
        for model, document in inputs.compression.items()
        for one in document["channels"]
    ]
    assert len(found) == 3 * len(made.layers())


def test_only_networks_of_the_same_kind_stand_beside(inputs: Inputs) -> None:
    other = synthetic.study(["mobilenet"], images=5)
    half = inputs.by_name["mobilenet_v2_alpha50_dense_s0_int8"]
    stride = replace(half.variant, architecture=replace(half.variant.architecture, stem_stride=1))
    results = tuple(replace(one, level=Level(stride)) if one is half else one for one in inputs.results)
    whole = replace(inputs, results=results + other.results)
    shown = [row["variant"] for row in table(whole)]
    expected = [one for one in inputs.results if one is not half]
    assert shown == [one.name for one in expected if not one.variant.recipe.method.startswith("retrained")]


def test_a_pruned_network_has_no_row_and_its_channels_none() -> None:
    inputs = synthetic.study(["mobilenet"], images=5)
    channels = {"channels": [{"layer": "a", "kept": 4, "of": 4}]}
    inputs = replace(inputs, compression={"mobilenet_magnitude60_s0": channels})
    assert table(inputs) == table(inputs, "channels") == table(inputs, "equal_latency") == []


def test_a_predicted_time_has_an_error_where_the_network_is_whole(inputs: Inputs) -> None:
    for row in table(inputs):
        known = errors(PROFILE)[row["quantization"]] if row["variant"] == row["full"] else None
        assert row["left_out_percent"] == (f"{known.mean:.3f}" if known else ""), row["variant"]


def test_what_is_missing_is_a_gap(inputs: Inputs) -> None:
    model = inputs.by_name[CUT].variant.model
    bare = without(without(synthetic.without(inputs, CUT), "timing", model), "compression", model)
    bare = replace(
        bare, latency=[replace(slot, document=None) if slot.variant == CUT else slot for slot in bare.latency]
    )
    row = row_of(bare)
    assert [
        row[key]
        for key in (
            "macs",
            "macs_ratio",
            "top1",
            "median_us",
            "latency_ratio",
            "predicted_us",
            "status",
            "training_seconds",
            "analysis_seconds",
        )
    ] == [""] * 9
    assert model not in {row["model"] for row in table(bare, "channels")}
    assert CUT not in {row["variant"] for row in table(bare, "equal_latency")}


def test_an_older_timing_has_no_analysis(inputs: Inputs) -> None:
    model = inputs.by_name[CUT].variant.model
    row = row_of(replace(inputs, timing={**inputs.timing, model: {"seconds": 5.0, "images_per_second": None}}))
    assert (row["analysis_seconds"], row["training_seconds"]) == ("0.000", "5.000")


def test_without_the_full_network_there_is_no_ratio(inputs: Inputs) -> None:
    bare = replace(
        inputs,
        results=tuple(one for one in inputs.results if one.name != FULL),
        latency=[slot for slot in inputs.latency if slot.variant != FULL],
    )
    row = row_of(bare)
    assert (row["full"], row["macs_ratio"], row["latency_ratio"], row["predicted_ratio"]) == ("", "", "", "")
    assert row["macs"] and row["median_us"] and row["predicted_us"]


def test_a_board_is_not_the_host_but_a_second_host_is(inputs: Inputs) -> None:
    def moved(device: str) -> Inputs:
        return replace(
            inputs,
            latency=[
                Slot(slot.variant, device, slot.runtime, slot.threads, {**(slot.document or {}), "device": device})
                for slot in inputs.latency
                if slot.device == "host"
            ],
        )

    assert row_of(moved("ssh_desk"))["median_us"] == ""
    assert row_of(moved("host_2"))["device"] == "host_2"


def test_the_runtime_is_the_first_that_timed_the_full_network(inputs: Inputs) -> None:
    gone = [
        replace(slot, document=None) if (slot.variant, slot.runtime) == (FULL, "ai_edge_litert") else slot
        for slot in inputs.latency
    ]
    row = row_of(replace(inputs, latency=gone))
    assert row["runtime"] == "tflite_runtime"
    assert float(row["latency_ratio"]) == pytest.approx(float(row_of(inputs)["latency_ratio"]), abs=1e-6)


def test_without_any_time_of_the_full_network_its_own_stands(inputs: Inputs) -> None:
    gone = [replace(slot, document=None) if slot.variant == FULL else slot for slot in inputs.latency]
    row = row_of(replace(inputs, latency=gone))
    assert row["median_us"] and row["latency_ratio"] == ""
