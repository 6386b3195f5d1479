"""Predicted and emulated figures stand apart from measured ones, with their error, and claim no interval."""

from dataclasses import replace
from typing import Any

import pytest
import synthetic_study as synthetic

from study.report import tables
from study.report.facts import Facts, gather
from study.report.inputs import Inputs, Slot
from study.report.rows.speed_ups import by_place
from study.report.sections.latency import EMULATED_NOTE, PREDICTED_NOTE, latency_section


def document(variant: str, kind: str, computed: dict[str, Any]) -> dict[str, Any]:
    return {
        "variant": variant,
        "model_sha256": synthetic.sha256(variant),
        "device": f"rpi4_{kind}",
        "kind": kind,
        "runtime": "tflite_runtime",
        "runtime_version": "2.14.0",
        "threads": 1,
        "key": "",
        "delegate": "none",
        "status": "ok",
        "flags": [],
        "rounds": [],
        "computed": computed,
    }


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    whole = synthetic.study()
    slots = list(whole.latency)
    for number, variant in enumerate(whole.exported):
        predicted = {"method": "from the emulated profile", "median_us": 1000.0 + number, "error_percent": 15.3}
        emulated = {"instructions": 9_000_000, "l1_misses": 500_000, "l2_misses": 200_000, "off_host_percent": 0.0}
        for kind, computed in (("predicted", predicted), ("emulated", emulated)):
            slots.append(Slot(variant, f"rpi4_{kind}", "tflite_runtime", 1, document(variant, kind, computed)))
    return replace(whole, latency=slots)


@pytest.fixture(scope="module")
def facts(inputs: Inputs) -> Facts:
    return gather(inputs)


def rows(facts: Facts, kind: str) -> list[dict[str, Any]]:
    return [row for row in facts.latency if row.get("kind") == kind]


def test_a_prediction_has_a_time_an_error_and_no_interval(facts: Facts, inputs: Inputs) -> None:
    first = rows(facts, "predicted")[0]
    assert (first["median_us"], first["error_percent"]) == (1000.0, 15.3)
    assert first["computed_from"] == "from the emulated profile"
    assert first["ci_low_us"] is None and first["n"] == 0
    assert tables.cell(first, "median_us").text == "1,000.0"
    assert len(rows(facts, "predicted")) == len(inputs.exported)


def test_an_emulation_has_counts_and_no_time(facts: Facts) -> None:
    first = rows(facts, "emulated")[0]
    assert first["median_us"] is None and first["instructions"] == 9_000_000


def test_each_kind_has_its_own_tables(facts: Facts) -> None:
    section = latency_section(facts, [])
    found = {block.name: block for block in section.blocks if isinstance(block, tables.Table)}
    assert {
        "latency-rpi4_predicted-predicted",
        "latency-rpi4_emulated-emulated",
        "speed-up-measured",
        "speed-up-predicted",
    } <= set(found)
    assert "speed-up-emulated" not in found
    heads = {name: [column.key for column in table.columns] for name, table in found.items()}
    assert "error_percent" in heads["latency-rpi4_predicted-predicted"]
    assert "predicted_us" in heads["latency-rpi4_predicted-predicted"]
    assert "p90_us" not in heads["latency-rpi4_predicted-predicted"]
    assert "median_us" not in heads["latency-rpi4_emulated-emulated"]
    said = " ".join(getattr(block, "text", "") for block in section.blocks)
    assert PREDICTED_NOTE in said and EMULATED_NOTE in said
    measured = len(rows(facts, "measured"))
    assert f"of {measured} measurements are unstable" in said


def test_no_speed_up_is_across_kinds(facts: Facts) -> None:
    for (kind, device, *_), ratios in by_place(facts.speed_ups).items():
        assert (kind == "predicted") == (device == "rpi4_predicted")
        assert kind != "emulated" and ratios
    table = tables.speed_up_table(facts, "predicted")
    assert table is not None and len(table.columns) == 2 and "rpi4_predicted" in table.columns[1].title


def test_a_report_without_predictions_says_nothing_of_them() -> None:
    section = latency_section(gather(synthetic.study()), [])
    assert PREDICTED_NOTE not in " ".join(getattr(block, "text", "") for block in section.blocks)
