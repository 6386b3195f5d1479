"""Corrupted images in the report: means by image, the same images or no comparison, nothing where nothing was done."""

import copy
import csv
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import synthetic_robustness
import synthetic_study as synthetic
from synthetic_study import HOSTILE

from study.report.document import document
from study.report.facts import csv_files, gather
from study.report.figures import robustness_change, robustness_curves
from study.report.figures.render import render
from study.report.figures.style import LIGHT
from study.report.findings.robustness import robustness
from study.report.html import html
from study.report.inputs import Inputs, Row
from study.report.markdown import markdown
from study.report.rows.robustness import COLUMNS, robustness_rows
from study.report.sections.robustness import robustness_section
from study.statistics.clustered import mean
from study.statistics.corrections import holm
from study.statistics.paired import compare
from study.tasks.robustness import CLEAN, decoded

BASE, PRUNED = "mobilenet_dense_s0_float32", "mobilenet_magnitude60_s0_int8"


def with_corruptions(**changes: Any) -> Inputs:
    inputs = synthetic.study(**{"archs": ["mobilenet"], **changes})
    return replace(inputs, robustness=synthetic_robustness.entries(inputs))


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return with_corruptions()


@pytest.fixture(scope="module")
def rows(inputs: Inputs) -> list[Row]:
    return robustness_rows(inputs)


def one(
    rows: list[Row], variant: str, corruption: str | None = None, severity: int | None = None, name: str | None = None
) -> Row:
    (found,) = (
        row
        for row in rows
        if (row["variant"], row.get("corruption"), row.get("severity"), row["class"])
        == (variant, corruption, severity, name)
    )
    return found


def right(inputs: Inputs, variant: str) -> dict[tuple[str, int], Any]:
    return {
        (found["corruption"], found["severity"]): decoded(found)[0] for found in inputs.robustness[variant]["results"]
    }


def test_a_set_has_its_counts_and_a_paired_interval(inputs: Inputs, rows: list[Row]) -> None:
    for setting in synthetic_robustness.SETTINGS:
        own, base = (right(inputs, name)[tuple(setting)] for name in (PRUNED, BASE))
        row, paired = one(rows, PRUNED, *setting), compare(base, own)
        assert (row["n"], row["correct"], row["accuracy"]) == (len(own), own.sum(), own.mean())
        assert (row["delta_pp"], row["ci_low_pp"], row["ci_high_pp"]) == (
            paired.delta_pp,
            paired.ci_low_pp,
            paired.ci_high_pp,
        )
        assert row["clean_accuracy"] == right(inputs, PRUNED)[tuple(CLEAN)].mean()
        assert "p_value" not in row
        parts = [one(rows, PRUNED, *setting, name) for name in inputs.card["classes"]]
        assert sum(part["correct"] for part in parts) == row["correct"]


def test_means_treat_the_image_as_the_unit(inputs: Inputs, rows: list[Row]) -> None:
    own, base = (right(inputs, name) for name in (PRUNED, BASE))
    corrupted = [setting for setting in own if setting != tuple(CLEAN)]
    shares = [np.mean([given[setting] for setting in corrupted], axis=0) for given in (own, base)]
    change, row = shares[0] - shares[1], one(rows, PRUNED)
    clean = own[tuple(CLEAN)].astype(float) - base[tuple(CLEAN)]
    known, extra = mean(100 * change), mean(100 * (change - clean))
    assert (row["delta_pp"], row["ci_low_pp"], row["ci_high_pp"], row["p_value"]) == (
        known.value,
        known.low,
        known.high,
        known.p_value,
    )
    assert (row["extra_pp"], row["extra_p_value"]) == (extra.value, extra.p_value)
    assert row["accuracy"] == pytest.approx(np.mean([one(rows, PRUNED, *setting)["accuracy"] for setting in corrupted]))
    assert row["kept"] == pytest.approx(row["accuracy"] / own[tuple(CLEAN)].mean())
    errors = [
        (1 - one(rows, PRUNED, name)["accuracy"]) / (1 - one(rows, BASE, name)["accuracy"])
        for name in ("gaussian_noise", "contrast")
    ]
    assert row["ce"] == pytest.approx(np.mean(errors))
    assert one(rows, BASE)["ce"] == 1 and one(rows, BASE).get("delta_pp") is None


def test_holm_runs_over_all_means_of_all_classes(inputs: Inputs, rows: list[Row]) -> None:
    tested = [row for row in rows if row.get("p_value") is not None]
    assert len(tested) == (len(inputs.exported) - 1) * (1 + len(inputs.card["classes"]))
    assert [row["p_adjusted"] for row in tested] == holm([row["p_value"] for row in tested])
    assert all(row.get("corruption") is None for row in tested)


def test_the_file_holds_every_row_and_says_all_by_an_empty_cell(inputs: Inputs, rows: list[Row]) -> None:
    table = list(csv.DictReader(io.StringIO(csv_files(gather(inputs))["robustness.csv"])))
    assert list(table[0]) == COLUMNS
    assert len(table) == len(rows) == len(inputs.exported) * (11 * (1 + 7) + 2)
    (whole,) = (row for row in table if row["variant"] == PRUNED and not row["corruption"] and not row["class"])
    assert whole["severity"] == ""
    assert float(whole["accuracy"]) == pytest.approx(one(rows, PRUNED)["accuracy"], abs=1e-6)


@pytest.mark.parametrize(("key", "value"), [("sha256", "0" * 64), ("data_fingerprint", "other"), ("results", [])])
def test_an_entry_of_another_file_or_data_set_is_not_shown(inputs: Inputs, key: str, value: Any) -> None:
    changed = dict(inputs.robustness) | {PRUNED: {**inputs.robustness[PRUNED], key: value}}
    found = {row["variant"] for row in robustness_rows(replace(inputs, robustness=changed))}
    assert found == set(inputs.exported) - {PRUNED}


def test_other_corrupted_images_are_not_compared(inputs: Inputs) -> None:
    changed = copy.deepcopy(dict(inputs.robustness))
    changed[PRUNED]["results"][2]["probe"] = "other images"
    rows = robustness_rows(replace(inputs, robustness=changed))
    assert all(row.get("delta_pp") is None for row in rows if row["variant"] == PRUNED)
    assert one(rows, PRUNED)["accuracy"] == one(robustness_rows(inputs), PRUNED)["accuracy"]


def test_findings_say_what_the_rows_say(rows: list[Row]) -> None:
    bases, extra = robustness(rows)
    assert f"mobilenet: {100 * one(rows, BASE)['accuracy']:.2f}" in bases.parts[0]
    tested = [one(rows, name) for name in dict.fromkeys(row["variant"] for row in rows) if name != BASE]
    worse = sum(row["extra_significant"] and row["extra_pp"] < 0 for row in tested)
    assert extra.text.startswith(f"Of {len(tested)} compressed variants, {worse} lose significantly more")
    assert robustness([]) == []


def test_without_a_baseline_there_are_accuracies_and_no_comparison() -> None:
    inputs = with_corruptions(schemes=["int8"])
    rows = robustness_rows(inputs)
    assert robustness(rows) == []
    assert one(rows, "mobilenet_dense_s0_int8")["ce"] is None
    facts = gather(inputs)
    assert list(render({"a": robustness_curves.draw, "b": robustness_change.draw}, facts)) == ["a.svg", "a-dark.svg"]
    assert "missing" in markdown(document(inputs, facts, {"robustness"}))


def test_nothing_done_is_nothing_shown() -> None:
    inputs = synthetic.study(["mobilenet"], images=5)
    facts = gather(inputs)
    assert csv_files(facts)["robustness.csv"] == ",".join(COLUMNS) + "\n"
    assert render({"a": robustness_curves.draw, "b": robustness_change.draw}, facts) == {}
    assert robustness_section(facts, ()).blocks == ()
    assert "Corrupted images" not in markdown(document(inputs, facts, ()))


def test_strange_names_stay_text_and_many_recipes_break_the_line() -> None:
    inputs = with_corruptions(classes=HOSTILE, images=6, recipes={"magnitude": [10, 20, 30, 60, 90]})
    facts = gather(inputs)
    report = document(inputs, facts, {"robustness", "robustness_change"})
    page = html(
        replace(
            report,
            sections=tuple(
                replace(s, blocks=tuple(b for b in s.blocks if "Picture" not in str(type(b))))
                for s in report.sections
                if s.id == "robustness"
            ),
        ),
        {},
    )
    assert "<script>alert" not in page and "alert(1)" in page
    figure = robustness_curves.draw(facts, LIGHT)
    assert figure is not None
    assert sum(axes.get_visible() for axes in figure.axes) == 6 and len(figure.axes) == 8


def test_very_many_variants_have_a_heat_map_an_architecture() -> None:
    schemes = ["float32", "float16", "dynamic", "int8", "int8_full"]
    facts = gather(
        with_corruptions(
            archs=["mobilenet", "mobilenet_v2"], recipes={"magnitude": [10, 30, 60, 90]}, schemes=schemes, images=3
        )
    )
    assert robustness_change.draw(facts, LIGHT) is None
    assert robustness_change.architecture("mobilenet")(facts, LIGHT) is not None
