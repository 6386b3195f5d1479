"""Sums of what trainings took: by architecture and stage, and nothing counted that is not known."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
import synthetic_study as synthetic

from study.report.document import document
from study.report.facts import csv_files, gather
from study.report.inputs import Inputs
from study.report.markdown import markdown
from study.report.rows.training_time import training_time

TIMING = {
    "mobilenet_dense_s0": {"seconds": 3600.0, "images_per_second": 500.0},  # of before there were analyses
    "mobilenet_magnitude60_s0": {"seconds": 900.0, "images_per_second": 400.0, "analysis_seconds": 0.0},
    "mobilenet_v2_dense_s0": {"seconds": 1800.0, "images_per_second": 250.0, "analysis_seconds": 0.0},
    "mobilenet_v2_magnitude60_s0": {"seconds": 0.0, "images_per_second": None, "analysis_seconds": 36.0},
}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return replace(synthetic.study(images=5), timing=TIMING)


def by_key(inputs: Inputs) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["arch"], row["stage"]): row for row in training_time(inputs)}


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
    known = {model: times for model, times in TIMING.items() if model != "mobilenet_magnitude60_s0"}
    rows = by_key(replace(inputs, timing=known))
    lost = rows["mobilenet", "compress"]
    assert (lost["models"], lost["timed"], lost["epochs"], lost["total_seconds"]) == (1, 0, 0, 0)
    assert rows["all", "all"]["total_seconds"] == 6336 - 900


def test_without_any_time_there_is_no_table(inputs: Inputs) -> None:
    nothing = replace(inputs, timing={})
    facts = gather(nothing)
    assert facts.training_time == []
    assert csv_files(facts)["training_time.csv"].count("\n") == 1
    assert "Training time of the grid" not in markdown(document(nothing, facts, ()))


def test_the_report_shows_the_csv_in_hours_and_says_what_is_not_in_it(inputs: Inputs) -> None:
    facts = gather(inputs)
    row = list(csv.DictReader(io.StringIO(csv_files(facts)["training_time.csv"])))[-1]
    assert (row["arch"], row["stage"], float(row["total_seconds"])) == ("all", "all", 6336)
    text = markdown(document(inputs, facts, ()))
    assert f"| all | all | 4 | 4 | 24 | 2.61 | {6336 / 3600:.2f} | 414 |" in text
    assert "Not in it: starting the programs" in text
