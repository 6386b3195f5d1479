"""Corrupted images in the report: means by image, the same images or no comparison, nothing where nothing was done."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import synthetic_robustness
import synthetic_study as synthetic
from report_topics import MAKERS, csv_rows
from synthetic_study import HOSTILE

from study.report.blocks import Bullets, Point, Report
from study.report.drawing.render import render
from study.report.drawing.style import LIGHT
from study.report.html import html
from study.report.inputs import Inputs
from study.report.markdown import markdown
from study.report.tables import Record, Tables, csv_text, records
from study.report.topics.robustness import TOPIC
from study.report.topics.robustness.accuracies import COLUMNS
from study.report.topics.robustness.figures import change_name, curves
from study.statistics.clustered import mean
from study.statistics.corrections import holm
from study.statistics.paired import compare
from study.tasks.robustness import CLEAN, decoded

DENSE, BASE = "mobilenet_dense_s0_float32", "mobilenet_retrained_s0_float32"
PRUNED = "mobilenet_magnitude60_s0_int8"


def tables_of(inputs: Inputs) -> Tables:
    return Tables(inputs, {**MAKERS, **TOPIC.tables})


def rows_of(inputs: Inputs) -> list[Record]:
    return records(tables_of(inputs)["robustness"])


def report_of(tables: Tables, *drawn: str) -> Report:
    section = TOPIC.section(tables, drawn)
    return Report("Title", "label", (), (), (section,) if section else ())


def told(tables: Tables) -> tuple[Point, ...]:
    """The sentences, which stand in the section."""
    section = TOPIC.section(tables, ())
    assert section is not None
    (bullets,) = (block for block in section.blocks if isinstance(block, Bullets))
    return bullets.items


def with_corruptions(**changes: Any) -> Inputs:
    inputs = synthetic.study(**{"archs": ["mobilenet"], **changes})
    return replace(inputs, robustness=synthetic_robustness.entries(inputs))


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return with_corruptions()


@pytest.fixture(scope="module")
def rows(inputs: Inputs) -> list[Record]:
    return rows_of(inputs)


def one(
    rows: list[Record],
    variant: str,
    corruption: str | None = None,
    severity: int | None = None,
    name: str | None = None,
) -> Record:
    (found,) = (
        row
        for row in rows
        if (row["variant"], row["corruption"], row["severity"], row["class"]) == (variant, corruption, severity, name)
    )
    return found


def right(inputs: Inputs, variant: str) -> dict[tuple[str, int], Any]:
    return {
        (found["corruption"], found["severity"]): decoded(found)[0] for found in inputs.robustness[variant]["results"]
    }


def test_a_set_has_its_counts_and_a_paired_interval(inputs: Inputs, rows: list[Record]) -> None:
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
        assert row["p_value"] is None
        parts = [one(rows, PRUNED, *setting, name) for name in inputs.classes]
        assert sum(part["correct"] for part in parts) == row["correct"]


def test_means_treat_the_image_as_the_unit(inputs: Inputs, rows: list[Record]) -> None:
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


def test_holm_runs_over_all_means_of_all_classes(inputs: Inputs, rows: list[Record]) -> None:
    tested = [row for row in rows if row.get("p_value") is not None]
    assert len(tested) == (len(inputs.results) - 2) * (1 + len(inputs.classes))  # all but the two baselines
    assert [row["p_adjusted"] for row in tested] == holm([row["p_value"] for row in tested])
    assert all(row.get("corruption") is None for row in tested)


def test_the_file_holds_every_row_and_says_all_by_an_empty_cell(inputs: Inputs, rows: list[Record]) -> None:
    table = csv_rows(tables_of(inputs), "robustness")
    assert list(table[0]) == COLUMNS
    assert len(table) == len(rows) == len(inputs.results) * (11 * (1 + 7) + 2)
    (whole,) = (row for row in table if row["variant"] == PRUNED and not row["corruption"] and not row["class"])
    assert whole["severity"] == ""
    assert float(whole["accuracy"]) == pytest.approx(one(rows, PRUNED)["accuracy"], abs=1e-6)


@pytest.mark.parametrize(("key", "value"), [("sha256", "0" * 64), ("data_fingerprint", "other"), ("results", [])])
def test_an_entry_of_another_file_or_data_set_is_not_shown(inputs: Inputs, key: str, value: Any) -> None:
    changed = dict(inputs.robustness) | {PRUNED: {**inputs.robustness[PRUNED], key: value}}
    found = {row["variant"] for row in rows_of(replace(inputs, robustness=changed))}
    assert found == set(inputs.by_name) - {PRUNED}


def test_other_corrupted_images_are_not_compared(inputs: Inputs) -> None:
    changed = copy.deepcopy(dict(inputs.robustness))
    changed[PRUNED]["results"][2]["probe"] = "other images"
    rows = rows_of(replace(inputs, robustness=changed))
    assert all(row.get("delta_pp") is None for row in rows if row["variant"] == PRUNED)
    assert one(rows, PRUNED)["accuracy"] == one(rows_of(inputs), PRUNED)["accuracy"]


def test_findings_say_what_the_rows_say(inputs: Inputs, rows: list[Record]) -> None:
    bases, extra = told(tables_of(inputs))
    for part, method, name in zip(bases.parts, ("dense", "retrained"), (DENSE, BASE), strict=True):
        said = f"mobilenet \u00b7 {method} \u00b7 float32: {100 * one(rows, name)['accuracy']:.2f}\u00a0% of "
        assert part.startswith(said)
    variants = dict.fromkeys(row["variant"] for row in rows)
    tested = [one(rows, name) for name in variants if name not in (DENSE, BASE)]
    worse = sum(row["extra_significant"] and row["extra_pp"] < 0 for row in tested)
    assert extra.text.startswith(f"In these files, of {len(tested)} compressed ones, {worse} lose significantly more")


def test_files_that_collapsed_answer_alike_or_have_no_equal_are_not_compared(inputs: Inputs) -> None:
    """Their accuracies stand; no change, no test, and a smaller family."""
    own = synthetic.answered(inputs.by_name[BASE])
    lost = synthetic.answers(-own.logits, own.labels)
    for changed in (
        synthetic.changed(inputs, {PRUNED: {"predictions": lost}}),
        synthetic.changed(inputs, {PRUNED: {"predictions": own}}),
    ):
        rows = rows_of(changed)
        assert all(row["delta_pp"] is None and row["ce"] is None for row in rows if row["variant"] == PRUNED)
        assert one(rows, PRUNED)["accuracy"] == one(rows_of(inputs), PRUNED)["accuracy"]
        tested = [row for row in rows if row["p_value"] is not None]
        assert len(tested) == 3 * 11 and [row["p_adjusted"] for row in tested] == holm([r["p_value"] for r in tested])
    bare = rows_of(synthetic.uncontrolled(inputs))
    assert {row["variant"] for row in bare if row["delta_pp"] is not None} == {"mobilenet_dense_s0_int8"}
    assert one(bare, PRUNED)["baseline"] is None


def test_without_a_baseline_there_are_accuracies_and_no_comparison() -> None:
    inputs = with_corruptions(schemes=["int8"])
    tables = tables_of(inputs)
    assert told(tables) == ()
    assert one(rows_of(inputs), "mobilenet_dense_s0_int8")["ce"] is None
    assert list(render(TOPIC.figures(tables), {}, tables)) == ["robustness.svg", "robustness-dark.svg"]
    assert "missing" in markdown(report_of(tables, "robustness"))


def test_nothing_done_is_nothing_shown() -> None:
    tables = tables_of(synthetic.study(["mobilenet"], images=5))
    assert csv_text(tables["robustness"]) == ",".join(COLUMNS) + "\n"
    assert render(TOPIC.figures(tables), {}, tables) == {}
    assert TOPIC.section(tables, ()) is None


def test_strange_names_stay_text_and_many_recipes_break_the_line() -> None:
    tables = tables_of(with_corruptions(classes=HOSTILE, images=6, recipes={"magnitude": [10, 20, 30, 60, 90]}))
    page = html(report_of(tables), {})
    assert "<script>alert" not in page and "alert(1)" in page
    figure = curves(tables, LIGHT)
    assert figure is not None
    assert sum(axes.get_visible() for axes in figure.axes) == 7 and len(figure.axes) == 8


def test_the_heat_map_frames_what_was_tested(inputs: Inputs) -> None:
    tables = tables_of(inputs)
    draw = TOPIC.figures(tables)["robustness_change"]
    figure = draw(tables, LIGHT)
    assert figure is not None
    _, panel = figure.axes
    assert [text.get_text() for text in panel.get_xticklabels()] == [
        "clean",
        "all corruptions",
        "gaussian noise",
        "contrast",
    ]
    changes = [row for row in rows_of(inputs) if row["class"] is None and row["delta_pp"] is not None]
    sure = [row for row in changes if row["significant"]]
    assert sure and len(panel.patches) == len(sure) and {patch.get_x() for patch in panel.patches} == {1.03}  # type: ignore[attr-defined]
    cells = [text.get_text() for text in panel.texts]
    (worst,) = (row for row in changes if row["variant"] == PRUNED and row["corruption"] is None)
    assert cells[-3].replace("\u2212", "-") == f"{worst['delta_pp']:+.1f}"


def test_very_many_variants_have_a_heat_map_an_architecture() -> None:
    schemes = ["float32", "float16", "dynamic", "int8", "int8_full"]
    tables = tables_of(
        with_corruptions(
            archs=["mobilenet", "mobilenet_v2"], recipes={"magnitude": [10, 30, 60, 90]}, schemes=schemes, images=3
        )
    )
    own = [change_name("mobilenet"), change_name("mobilenet_v2")]
    draws = TOPIC.figures(tables)
    assert list(draws) == ["robustness", *own] and own[0] == "robustness_change_mobilenet"
    figure = draws[own[0]](tables, LIGHT)
    assert figure is not None and [axes.get_title() for axes in figure.axes] == ["", "mobilenet"]
    blocks = str(report_of(tables, *own))
    assert all(f"Picture(name='{name}'" in blocks for name in own)
