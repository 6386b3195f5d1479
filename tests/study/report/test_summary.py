"""The headline figures are those of the CSV files, few, and plain numbers whatever is missing."""

import csv
import io
import json
from dataclasses import replace
from statistics import median

import pytest
import synthetic_study as synthetic

from study.report.build import tables_of
from study.report.summary import summary


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(synthetic.built().text(name))))


def test_the_figures_are_those_of_the_tables() -> None:
    found = json.loads(synthetic.built().text("summary.json"))
    results, classes, judged = rows("results.csv"), rows("per_class.csv"), rows("verdicts.csv")
    compressed = [row for row in results if row["delta_pp"]]
    close = [row for row in compressed if float(row["delta_pp"]) >= -1]
    assert found["variants"] == len(results) and found["missing"] == 0
    assert found["top1"] == max(float(row["top1"]) for row in results)
    assert found["change_pp"] == pytest.approx(median(float(row["delta_pp"]) for row in compressed), abs=1e-4)
    assert found["class_drop_pp"] == pytest.approx(median(float(row["worst_drop_pp"]) for row in compressed), abs=1e-4)
    assert found["class_losses"] == sum(row["significant"] == "true" and row["delta_pp"][0] == "-" for row in classes)
    assert found["smallest_mb"] == min(int(row["shipped_bytes"]) for row in results) / 1e6
    for name, key in (("smallest_within_1pp_mb", "shipped_bytes"), ("smallest_flash_within_1pp_mb", "file_bytes")):
        assert found.get(name) == (min(int(row[key]) for row in close) / 1e6 if close else None)
    counted = [found[key] for key in ("confirmed", "refuted", "not_testable")]
    assert counted == [sum(row["status"] == key for row in judged) for key in ("confirmed", "refuted", "not testable")]
    assert len(found) <= 12 and all(isinstance(value, int | float) for value in found.values())


def test_what_is_missing_is_left_out() -> None:
    whole = synthetic.study(["mobilenet"])
    results = tuple(replace(result, evaluation=None, predictions=None) for result in whole.results)
    found = summary(tables_of(replace(whole, results=results, latency=[], history={})))
    assert (found["variants"], found["missing"]) == (0, 4)
    assert not {"top1", "change_pp", "class_drop_pp", "smallest_mb"} & set(found)
    assert found["class_losses"] == found["confirmed"] == found["refuted"] == 0
