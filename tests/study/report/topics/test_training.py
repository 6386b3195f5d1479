"""Training: which epoch was kept, and sums of what trainings took, with nothing counted that is not known."""

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
import synthetic_study as synthetic
from report_topics import csv_rows, tables_of

from study.report.blocks import Report, Section
from study.report.drawing.render import render
from study.report.inputs import Inputs
from study.report.markdown import markdown
from study.report.tables import Tables, csv_text, records
from study.report.topics import training

TIMING = {
    "mobilenet_dense_s0": {"seconds": 3600.0, "images_per_second": 500.0},  # of before there were analyses
    "mobilenet_magnitude60_s0": {"seconds": 900.0, "images_per_second": 400.0, "analysis_seconds": 0.0},
    "mobilenet_v2_dense_s0": {"seconds": 1800.0, "images_per_second": 250.0, "analysis_seconds": 0.0},
    "mobilenet_v2_magnitude60_s0": {"seconds": 0.0, "images_per_second": None, "analysis_seconds": 36.0},
}
PRUNED = "mobilenet_magnitude60_s0"


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return replace(synthetic.uncontrolled(synthetic.study(images=5)), timing=TIMING)


def by_key(inputs: Inputs) -> dict[tuple[str, str], Any]:
    return {(row["arch"], row["stage"]): row for row in records(tables_of(inputs)["training_time"])}


def section(tables: Tables) -> Section:
    found = training.TOPIC.section(tables, ())
    assert found is not None
    return found


def trained(inputs: Inputs, model: str, epochs: list[dict[str, Any]]) -> Any:
    (row,) = records(tables_of(replace(inputs, history={model: epochs}))["training"])
    return row


def test_every_architecture_and_stage_and_their_sums(inputs: Inputs) -> None:
    rows = by_key(inputs)
    assert list(rows) == [
        ("mobilenet", "train"),
        ("mobilenet", "compress"),
        ("mobilenet_v2", "train"),
        ("mobilenet_v2", "compress"),
        ("all", "train"),
        ("all", "compress"),
        ("all", "all"),
    ]
    assert [row["total_seconds"] for row in rows.values()] == [3600, 900, 1800, 36, 5400, 936, 6336]
    whole = rows["all", "all"]
    assert (whole["models"], whole["timed"], whole["epochs"]) == (4, 4, 4 * 6)
    assert whole["images"] == 3600 * 500 + 900 * 400 + 1800 * 250


def test_speed_is_that_of_the_epochs_alone(inputs: Inputs) -> None:
    rows = by_key(inputs)
    assert rows["mobilenet_v2", "compress"]["images_per_second"] is None
    assert rows["all", "all"]["images_per_second"] == pytest.approx(2_610_000 / 6300)


def test_a_model_without_a_time_is_counted_and_adds_nothing(inputs: Inputs) -> None:
    rows = by_key(replace(inputs, timing={model: times for model, times in TIMING.items() if model != PRUNED}))
    lost = rows["mobilenet", "compress"]
    assert (lost["models"], lost["timed"], lost["epochs"], lost["total_seconds"]) == (1, 0, 0, 0)
    assert rows["all", "all"]["total_seconds"] == 6336 - 900


def test_without_any_time_there_is_no_table(inputs: Inputs) -> None:
    tables = tables_of(replace(inputs, timing={}))
    assert csv_text(tables["training_time"]).count("\n") == 1
    assert [row["seconds"] for row in csv_rows(tables, "training")] == [""] * 4
    assert "Training time of the grid" not in str(section(tables))


def test_the_report_shows_the_csv_in_hours_and_says_what_is_not_in_it(inputs: Inputs) -> None:
    tables = tables_of(inputs)
    row = csv_rows(tables, "training_time")[-1]
    assert (row["arch"], row["stage"], float(row["total_seconds"])) == ("all", "all", 6336)
    text = markdown(Report("Title", "label", (), (), (section(tables),)))
    assert f"| all | all | 4 | 4 | 24 | 2.61 | {6336 / 3600:.2f} | 414 |" in text
    assert "Not in it: starting the programs" in text


def test_the_best_epoch_is_one_that_could_be_kept(inputs: Inputs) -> None:
    epochs = [
        {"epoch": number, "val_accuracy": accuracy, "selectable": number > 1}
        for number, accuracy in enumerate((0.9, 0.5, 0.6, 0.6), 1)
    ]
    row = trained(inputs, PRUNED, epochs)
    assert (row["epochs"], row["best_epoch"], row["val_accuracy"], row["seconds"]) == (4, 3, 0.6, 900.0)
    assert (row["method"], row["amount"]) == ("magnitude", 60.0)
    assert trained(inputs, "mobilenet_dense_s0", [{"epoch": 1, "val_accuracy": 0.5}])["analysis_seconds"] is None


def test_a_compressed_model_of_before_does_not_say_which_epoch_was_kept(inputs: Inputs) -> None:
    old = [{"epoch": 1, "val_accuracy": 0.5}]
    assert trained(inputs, PRUNED, old)["best_epoch"] is None
    assert trained(inputs, "mobilenet_dense_s0", old)["best_epoch"] == 1


def test_a_row_for_every_model_that_was_trained(inputs: Inputs) -> None:
    assert [row["model"] for row in csv_rows(tables_of(inputs), "training")] == list(inputs.history)
    nothing = tables_of(replace(inputs, history={}))
    assert csv_text(nothing["training"]).count("\n") == 1
    assert training.TOPIC.section(nothing, ()) is None
    assert render(training.TOPIC.figures(nothing), {}, nothing) == {}


def test_the_curves_name_every_recipe(inputs: Inputs) -> None:
    tables = tables_of(inputs)
    svg = render(training.TOPIC.figures(tables), {}, tables)["training.svg"]
    said = "".join(ElementTree.fromstring(svg).itertext())
    assert all(word in said for word in ("mobilenet_v2", "magnitude 60\u00a0%", "validation", "Accuracy [%]"))
