"""Latency: what is measured, predicted and emulated stands apart; boards are named; ratios never cross places."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import synthetic_study as synthetic
from report_topics import MAKERS
from synthetic_study import HOSTILE

from study.errors import StudyError
from study.latency.devices import DEVICES
from study.latency.devices.rpi4 import validation
from study.latency.devices.rpi4.label import PROFILE, errors
from study.report.blocks import Fold, Picture, Table
from study.report.drawing.render import render
from study.report.inputs import Inputs, Slot
from study.report.shown import cell
from study.report.tables import Tables, csv_text, records
from study.report.topics.latency import TOPIC
from study.report.topics.latency.measurements import speed_ups

PI = "Raspberry Pi 4 Model B Rev 1.4"
SCALE = validation.profile_errors().scale
CONTEXT: dict[str, Any] = {
    "label": PI,
    "agreement": {"images": 64, "same": 62, "largest": 0.25, "identical": False},
    "energy": {"joules": 0.0125, "watts": 5.0, "n": 40},
}


def tables_of(inputs: Inputs) -> Tables:
    return Tables(inputs, {**MAKERS, **TOPIC.tables})


def computed(variant: str, kind: str, found: dict[str, Any]) -> dict[str, Any]:
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
        "computed": found,
    }


def with_computed(whole: Inputs) -> Inputs:
    """Predictions and emulations beside the measurements."""
    slots = list(whole.latency)
    for number, result in enumerate(whole.results):
        predicted = {"method": PROFILE, "median_us": 1000.0 + number, "scale": SCALE, "error_percent": 15.3}
        emulated = {"instructions": 9_000_000, "l1_misses": 500_000, "l2_misses": 200_000, "off_host_percent": 0.0}
        for kind, found in (("predicted", predicted), ("emulated", emulated)):
            slots.append(Slot(result.name, f"rpi4_{kind}", "tflite_runtime", 1, computed(result.name, kind, found)))
    return replace(whole, latency=slots)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return synthetic.study(["mobilenet"], images=10)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(with_computed(synthetic.study(images=10)))


def on_desk(inputs: Inputs, context: dict[str, Any] | None, **changes: Any) -> Tables:
    """The host's measurements, and beside them the same from `ssh_desk` with this context; None: it was away."""
    more = [
        replace(
            slot,
            device="ssh_desk",
            document=None
            if context is None
            else {**(slot.document or {}), "device": "ssh_desk", "context": context, **changes},
        )
        for slot in inputs.latency
    ]
    note = {"device": "ssh_desk", "status": "host_key_changed", "said": "the host key of pi is not the one known"}
    ended = {"ssh_desk": note} if context is None else {}
    return tables_of(replace(inputs, latency=[*inputs.latency, *more], ended=ended))


def shown(tables: Tables) -> tuple[list[str], dict[str, Table]]:
    """Texts of the notes, and the tables by name."""
    section = TOPIC.section(tables, ())
    assert section is not None
    notes = [block.text for block in section.blocks if type(block).__name__ == "Note"]  # type: ignore[union-attr]
    return notes, {block.name: block for block in section.blocks if isinstance(block, Table)}


def of(tables: Tables, **wanted: str) -> list[Any]:
    return [row for row in records(tables["latency"]) if wanted.items() <= row.items()]


def test_a_missing_a_failed_and_a_stale_measurement_have_no_figure(inputs: Inputs) -> None:
    slots = list(inputs.latency)
    slots[0] = replace(slots[0], document=None)
    slots[1] = replace(slots[1], document={**(slots[1].document or {}), "status": "failed", "rounds": []})
    slots[2] = replace(slots[2], document={**(slots[2].document or {}), "model_sha256": "0" * 64})
    found = tables_of(replace(inputs, latency=slots))
    rows = records(found["latency"])
    assert [row["status"] for row in rows[:3]] == ["missing", "failed", "stale"]
    assert all(row["median_us"] is None and row["private_bytes"] in (None, 9_200_000) for row in rows[:3])
    assert rows[3]["median_us"] > 0
    notes, _ = shown(found)
    assert f"3 of {len(rows)} measurements have no figure" in " ".join(notes)


def test_an_unknown_kind_is_refused(inputs: Inputs) -> None:
    slot = replace(inputs.latency[0], document={**(inputs.latency[0].document or {}), "kind": "guessed"})
    with pytest.raises(StudyError, match="guessed"):
        tables_of(replace(inputs, latency=[slot]))["latency"]


def test_a_missing_measurement_has_no_point_and_kinds_have_their_own_charts(inputs: Inputs) -> None:
    slots = list(inputs.latency)
    slots[0] = replace(slots[0], document=None)
    for index, kind in ((1, "emulated"), (2, "predicted")):
        slots[index] = replace(slots[index], document={**(slots[index].document or {}), "kind": kind})
    charts = TOPIC.charts(tables_of(replace(inputs, latency=slots)))
    points = {name: [point for rows in chart.tables.values() for point in rows] for name, chart in charts.items()}
    assert {name.removeprefix("pareto_latency_"): len(rows) for name, rows in points.items()} == {
        "measured": len(inputs.latency) - 3,
        "emulated": 1,
        "predicted": 1,
    }
    assert all(
        {point["t5"]} == {name.removeprefix("pareto_latency_")} for name, rows in points.items() for point in rows
    )


def test_a_still_chart_has_a_panel_a_place(inputs: Inputs) -> None:
    found = tables_of(inputs)
    (chart,) = TOPIC.charts(found).values()
    places = {point["group"] for rows in chart.tables.values() for point in rows}
    assert [panel.title for panel in chart.still] == list(dict.fromkeys(found["latency"]["_place"]))
    assert {panel.title for panel in chart.still} == places and len(places) == 4 and len(chart.panels) == 1
    svg = render({}, {"f": chart}, found)["f.svg"].decode()
    assert all(place in svg for place in places)


def test_a_prediction_has_a_time_the_error_of_its_kind_and_no_interval(tables: Tables) -> None:
    rows = of(tables, kind="predicted")
    assert rows[0]["variant"] == "mobilenet_dense_s0_float32"
    assert (rows[0]["median_us"], rows[0]["left_out_percent"]) == (1000.0, errors(PROFILE)["float32"].mean)
    found = {row["variant"]: cell(row, "left_out_percent") for row in rows}
    assert found["mobilenet_dense_s0_int8"].text == f"{errors(PROFILE)['int8'].mean:.0f}"
    assert {one.text for name, one in found.items() if "magnitude" in name} == {"not validated"}
    assert {one.value for name, one in found.items() if "magnitude" in name} == {""}
    assert rows[0]["computed_from"] == "from the emulated profile"
    assert rows[0]["ci_low_us"] is None and rows[0]["n"] == 0
    assert cell(rows[0], "median_us").text == "1,000.0"
    assert len(rows) == len(tables.inputs.results)


def test_other_images_than_those_of_the_known_times_validate_nothing() -> None:
    whole = with_computed(synthetic.study(["mobilenet"], images=10))
    larger = tables_of(replace(whole, card={**whole.card, "image_size": 64}))
    assert {row["left_out_percent"] for row in of(larger, kind="predicted")} == {None}


def test_a_measurement_has_no_error_of_a_prediction(tables: Tables) -> None:
    assert {row["left_out_percent"] for row in of(tables, kind="measured")} == {None}


def test_the_figure_of_predictions_says_the_error_of_each_point(tables: Tables) -> None:
    charts = TOPIC.charts(tables)
    for kind, said in (("predicted", True), ("measured", False)):
        (rows,) = charts[f"pareto_latency_{kind}"].tables.values()
        texts = {str(value) for row in rows for value in row.values()}
        assert ("not validated" in texts) == said
    section = TOPIC.section(tables, ("pareto_latency_predicted", "pareto_latency_measured"))
    assert section is not None
    captions = [block.caption for block in section.blocks if isinstance(block, Picture)]
    assert "those of that machine" in captions[0] and "not validated" in captions[1]
    folds = [block for block in section.blocks if isinstance(block, Fold) and "predicted" in block.summary]
    (front,) = folds[0].blocks
    assert isinstance(front, Table) and "left_out_percent" in [column.key for column in front.columns]


def test_an_emulation_has_counts_and_no_time(tables: Tables) -> None:
    first = of(tables, kind="emulated")[0]
    assert first["median_us"] is None and first["instructions"] == 9_000_000


def test_each_kind_has_its_own_tables(tables: Tables) -> None:
    notes, found = shown(tables)
    assert {
        "latency-rpi4_predicted-predicted",
        "latency-rpi4_emulated-emulated",
        "speed-up-measured",
        "speed-up-predicted",
    } <= set(found)
    assert "speed-up-emulated" not in found
    heads = {name: [column.key for column in table.columns] for name, table in found.items()}
    assert {"left_out_percent", "predicted_us"} <= set(heads["latency-rpi4_predicted-predicted"])
    assert "not validated" in found["speed-up-predicted"].caption
    assert "left_out_percent" not in heads["latency-host-measured"]
    assert DEVICES["host"].note in notes and "even one with a processor of the same name" in DEVICES["host"].note
    assert "p90_us" not in heads["latency-rpi4_predicted-predicted"]
    assert "median_us" not in heads["latency-rpi4_emulated-emulated"]
    assert DEVICES["rpi4_predicted"].note in notes and DEVICES["rpi4_emulated"].note in notes
    assert f"of {len(of(tables, kind='measured'))} measurements are unstable" in " ".join(notes)
    (head,) = found["speed-up-predicted"].columns[1:]
    assert "rpi4_predicted" in head.title


def test_a_report_without_predictions_says_nothing_of_them(inputs: Inputs) -> None:
    notes, _ = shown(tables_of(inputs))
    assert DEVICES["rpi4_predicted"].note not in notes and DEVICES["rpi4_emulated"].note not in notes


def test_no_speed_up_is_across_kinds(tables: Tables) -> None:
    found = tables["speed_ups"]
    assert ((found["kind"] == "predicted") == (found["device"] == "rpi4_predicted")).all()
    assert set(found["kind"]) == {"measured", "predicted"}
    (point,) = TOPIC.findings(tables)
    assert "hold for it alone, ratios of predictions are not validated" in point.text
    assert point.parts[0].startswith("host \u00b7 ai_edge_litert \u00b7 1 thread, measured: from ")
    assert " to " in point.parts[0] and point.parts[0].count("\u00d7") == 2  # of five treatments, the ends
    assert point.parts[-1].startswith("rpi4_predicted \u00b7 tflite_runtime \u00b7 1 thread, predicted: ")


def ratios(*times: dict[str, Any]) -> list[Any]:
    """Speed-ups of networks a, b and c with these times of one inference."""
    nothing = {"method": "dense", "amount": 0.0, "level": "serving_default", "seed": 0, "collapsed": None}
    results = [
        {"variant": f"{net}_{scheme}", "arch": net, "dense": f"{net}_float32", "quantization": scheme} | nothing
        for net in "abc"
        for scheme in ("float32", "int8")
    ]
    made = {"results": lambda _: pd.DataFrame(results), "latency": lambda _: pd.DataFrame(times)}
    return records(speed_ups(Tables(Inputs("full", {}, ()), made)))


def time(variant: str, micros: float | None, **place: Any) -> dict[str, Any]:
    where = {"kind": "measured", "device": "host", "runtime": "r", "threads": 1, "flags": ""} | place
    return where | {"_place": str(where), "variant": variant, "median_us": micros}


def test_the_median_over_networks_counts_those_with_both_times() -> None:
    (row,) = ratios(
        time("a_float32", 10.0),
        time("a_int8", 5.0),
        time("b_float32", 90.0),
        time("b_int8", 10.0),
        time("c_float32", None),
        time("c_int8", 1.0),
    )
    assert (row["treatment"], row["networks"], row["speed_up"]) == ("dense \u00b7 int8", 2, 5.5)
    assert (row["kind"], row["device"], row["runtime"], row["threads"]) == ("measured", "host", "r", 1)


def test_places_are_kept_apart() -> None:
    assert ratios(time("a_float32", 10.0), time("a_int8", 5.0, threads=2), time("b_int8", 5.0, device="board")) == []


def test_threads_that_do_not_help_are_not_compared() -> None:
    slow = {"threads": 2, "flags": "threads_do_not_help"}
    assert ratios(time("a_float32", 10.0, threads=2), time("a_int8", 5.0, **slow)) == []


def test_a_raspberry_pi_is_named_with_answers_and_energy(inputs: Inputs) -> None:
    found = on_desk(inputs, CONTEXT)
    notes, tables = shown(found)
    (note,) = (text for text in notes if "ssh_desk" in text)
    assert f"is a {PI}." in note and "whole board" in note and "n/a" not in note
    titles = [column.title for column in tables["latency-ssh_desk-measured"].columns]
    assert titles[-4:] == ["Same as host [%]", "Off host", "Energy [mJ]", "Status"]
    assert [cell.text for cell in tables["latency-ssh_desk-measured"].rows[0][-4:-1]] == ["96.88", "0.25", "12.5"]
    assert "Energy [mJ]" not in [column.title for column in tables["latency-host-measured"].columns]
    rows = [line.split(",") for line in csv_text(found["latency"]).splitlines()]
    values = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    boards = {(row["device"], row["board"], row["same_as_host"], row["millijoules"]) for row in values}
    assert boards == {("ssh_desk", PI, "0.968750", "12.5"), ("host", "", "", "")}


@pytest.mark.parametrize("label", ["Radxa ROCK 5B", "emulated aarch64 processor", "my Raspberry Pi 4"])
def test_anything_else_is_said_to_be_none(inputs: Inputs, label: str) -> None:
    notes, _ = shown(on_desk(inputs, {"label": label}))
    (note,) = (text for text in notes if "ssh_desk" in text)
    assert f"is no Raspberry Pi but: {label}." in note and "n/a, nothing there measures power" in note


def test_names_of_strangers_are_text(inputs: Inputs) -> None:
    notes, _ = shown(on_desk(inputs, {"label": "".join(HOSTILE) + "\x1b"}))
    assert not [text for text in notes if "\n" in text or "\x1b" in text]


def test_times_of_an_emulated_processor_are_nowhere(inputs: Inputs) -> None:
    context = {"label": "emulated aarch64 processor", "agreement": CONTEXT["agreement"]}
    doubt = {"kind": "emulated", "status": "emulated_processor", "rounds": [], "flags": ["times mean nothing"]}
    found = on_desk(inputs, context, **doubt)
    rows = of(found, device="ssh_desk")
    assert rows and all(row["median_us"] is None and row["same_as_host"] == 62 / 64 for row in rows)
    assert {row["status"] for row in rows} == {"emulated_processor"}
    _, tables = shown(found)
    titles = [column.title for column in tables["latency-ssh_desk-emulated"].columns]
    assert "Same as host [%]" in titles and not [title for title in titles if "\u00b5s" in title]
    assert "emulated processor: times mean nothing" in str(tables["latency-ssh_desk-emulated"].rows[0])


def test_a_device_that_was_away_is_seen_with_the_reason(inputs: Inputs) -> None:
    found = on_desk(inputs, None)
    assert {row["status"] for row in of(found, device="ssh_desk")} == {"host_key_changed"}
    notes, tables = shown(found)
    away = "\u201cssh_desk\u201d was skipped or left early (host key changed): the host key of pi is not"
    assert any(away in text for text in notes)
    assert any(text.startswith("Planned and not measured at all: ssh_desk") for text in notes)
    assert [name for name in tables if name.startswith("latency")] == ["latency-host-measured"]


def test_nothing_measured_is_no_section(inputs: Inputs) -> None:
    found = tables_of(replace(inputs, latency=[]))
    assert TOPIC.section(found, ()) is None and TOPIC.charts(found) == {} and TOPIC.findings(found) == []
