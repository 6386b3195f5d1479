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
    over = [row for row in rows("seeds.csv") if row["class"]]
    compressed = [row for row in results if row["delta_pp"]]
    held = [row for row in compressed if not row["collapsed"] and not row["same_as"]]
    close = [row for row in compressed if float(row["delta_pp"]) >= -1]
    assert found["variants"] == len(results) and found["missing"] == 0
    assert found["top1"] == max(float(row["top1"]) for row in results)
    assert found["change_pp"] == pytest.approx(median(float(row["delta_pp"]) for row in held), abs=1e-4)
    assert found["class_drop_pp"] == pytest.approx(median(float(row["worst_drop_pp"]) for row in held), abs=1e-4)
    lost = [row["significant"] == "true" and row["delta_pp"][0] == "-" for row in classes]
    assert found["losses_in_files"] == sum(lost) > 0
    assert found["collapsed"] == sum(bool(row["collapsed"]) for row in results)
    assert found["tests_over_seeds"] == sum(bool(row["p_value"]) for row in over)
    assert found["losses_over_seeds"] == sum(row["significant"] == "true" for row in over)
    whole = [row for row in results if not row["collapsed"]]
    assert found["smallest_mb"] == min(int(row["shipped_bytes"]) for row in whole) / 1e6
    for name, key in (("smallest_within_1pp_mb", "shipped_bytes"), ("flash_within_1pp_mb", "file_bytes")):
        assert found.get(name) == (min(int(row[key]) for row in close) / 1e6 if close else None)
    counted = [found[key] for key in ("confirmed", "refuted", "not_testable")]
    assert counted == [sum(row["status"] == key for row in judged) for key in ("confirmed", "refuted", "not testable")]
    assert len(found) <= 15 and all(isinstance(value, int | float) for value in found.values())


def test_what_is_missing_is_left_out() -> None:
    whole = synthetic.study(["mobilenet"])
    results = tuple(replace(result, evaluation=None, predictions=None) for result in whole.results)
    found = summary(tables_of(replace(whole, results=results, latency=[], history={})))
    assert (found["variants"], found["missing"]) == (0, 6)
    assert not {"top1", "change_pp", "class_drop_pp", "smallest_mb"} & set(found)
    assert found["losses_in_files"] == found["losses_over_seeds"] == found["confirmed"] == found["refuted"] == 0


def test_losses_over_seeds_and_collapsed_files_are_counted_apart() -> None:
    inputs = synthetic.study(["mobilenet"], seeds=range(5), images=60, latency=[])
    gone = "mobilenet_retrained_s3_int8"
    own = synthetic.answered(inputs.by_name[gone])
    lost = synthetic.answers(-own.logits, own.labels)
    tables = tables_of(synthetic.changed(inputs, {gone: {"predictions": lost}}))
    found, results, seeds = summary(tables), tables["results"], tables["seeds"]
    held = results[results["delta_pp"].notna() & (results["variant"] != gone)]
    assert found["collapsed"] == 1 and found["change_pp"] == pytest.approx(held["delta_pp"].median(), abs=1e-6)
    assert found["class_drop_pp"] == pytest.approx(held["worst_drop_pp"].median(), abs=1e-6)
    tested = seeds[seeds["class"].notna() & seeds["p_value"].notna()]
    assert found["tests_over_seeds"] == len(tested) == 30  # four seeds of the quantized control are not enough
    lost_classes = tested[(tested["p_adjusted"] < 0.05) & (tested["delta_pp"] < 0)]
    assert found["losses_over_seeds"] == len(lost_classes) > 0
