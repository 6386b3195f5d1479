"""Levels of a family in every part of the report: never taken for seeds, sizes once a file, and nothing without one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import synthetic_dynamic as made
import synthetic_study as synthetic
from matplotlib.figure import Figure

from study.plan.variant import Level
from study.report.build import tables_of
from study.report.document import document
from study.report.drawing.style import LIGHT
from study.report.inputs import Inputs
from study.report.levels import SEVERAL
from study.report.markdown import markdown
from study.report.page.page import page
from study.report.provenance import provenance
from study.report.readme_table import chosen
from study.report.shipping import size_column
from study.report.tables import Record, Tables, records
from study.report.topics import accuracy, calibration, robustness, size
from study.report.topics.robustness.figures import curves
from study.report.topics.size.charts import charts
from study.statistics import class_contrast
from study.tasks.robustness import CLEAN, decoded

ARCH = "mobilenet_v2"
LEVELS, SEEDS = ("w100", "w75", "w50", "w25"), (0, 1)
SLIM = "slimmable 25\u00a0%"


@pytest.fixture(autouse=True, scope="module")
def _coarse() -> Iterator[None]:
    """The permutation tests of classes are of no matter here: few permutations will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_contrast, "FINENESS", 1)
        yield


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    recipes = {"slimmable": [25], "uniform": [50]}
    return synthetic.complete(made.study([ARCH], recipes, images=20, seeds=SEEDS))


@pytest.fixture(scope="module")
def tables(inputs: Inputs) -> Tables:
    return tables_of(inputs)


@pytest.fixture(scope="module")
def plain() -> Tables:
    """A study without a family."""
    return tables_of(synthetic.study([ARCH], images=5, latency=[]))


def name(level: str, scheme: str = "int8", seed: int = 0) -> str:
    return f"{ARCH}_slimmable25_s{seed}_{scheme}_{level}"


def of_levels(tables: Tables, key: str) -> list[Record]:
    return [row for row in records(tables[key]) if row["method"] == "slimmable"]


def right(inputs: Inputs, variant: str) -> Any:
    return synthetic.answered(inputs.by_name[variant]).correct


def test_a_row_of_every_table_is_that_of_a_level_of_the_plan(inputs: Inputs, tables: Tables) -> None:
    for key in ("results", "per_class", "latency", "codecs", "robustness", "interaction", "reliability", "levels"):
        variants = set(tables[key]["variant"])
        assert variants and variants <= set(inputs.by_name), key
    for key in ("results", "per_class", "latency", "robustness", "reliability"):
        assert {name(level) for level in LEVELS} <= set(tables[key]["variant"]), key


def test_seeds_of_one_level_are_averaged_and_never_those_of_several(inputs: Inputs, tables: Tables) -> None:
    rows = [row for row in of_levels(tables, "seeds") if row["class"] is None]
    assert [(row["level"], row["quantization"]) for row in rows] == [
        (level, scheme) for scheme in ("float32", "int8") for level in LEVELS
    ]
    for row in rows:
        shares = [right(inputs, name(row["level"], row["quantization"], seed)).mean() for seed in SEEDS]
        assert row["seeds"] == 2 and row["mean_accuracy"] == pytest.approx(np.mean(shares))
    for row in of_levels(tables, "retraining"):
        first, second = (
            synthetic.answered(inputs.by_name[name(row["level"], row["quantization"], seed)]) for seed in SEEDS
        )
        assert row["retrain_flip_rate"] == pytest.approx((first.predicted != second.predicted).mean())


def test_quantization_of_a_level_interacts_with_its_own_width(tables: Tables) -> None:
    rows = [row for row in of_levels(tables, "interaction") if row["class"] is None and row["seed"] == 0]
    assert [row["variant"] for row in rows] == [name(level) for level in LEVELS]
    for row in rows:
        assert row["pruned"] == name(row["level"], "float32")
        assert row["baseline"] == f"{ARCH}_retrained_finetune_s0_float32"
        assert row["quantized"] == f"{ARCH}_retrained_finetune_s0_int8"


def test_exemplars_and_speed_ups_tell_levels_apart(tables: Tables) -> None:
    assert [row["level"] for row in of_levels(tables, "exemplars")] == [*LEVELS, *LEVELS]
    speeds = tables["speed_ups"].drop_duplicates("treatment").set_index("treatment")["speed_up"]
    slim = [speeds[f"{SLIM} \u00b7 {level} \u00b7 int8"] for level in LEVELS]
    assert slim == sorted(slim) and slim[0] < slim[-1]


def test_changes_before_quantization_are_told_level_by_level(inputs: Inputs, tables: Tables) -> None:
    told = {point.topic: point for point in accuracy.TOPIC.findings(tables)}
    parts = {part.split(": ")[0]: part for part in told["Compression before quantization"].parts}
    assert [label for label in parts if label.startswith(SLIM)] == [f"{SLIM} \u00b7 {level}" for level in LEVELS]
    base = [right(inputs, f"{ARCH}_retrained_finetune_s{seed}_float32").mean() for seed in SEEDS]
    own = [right(inputs, name("w50", "float32", seed)).mean() for seed in SEEDS]
    mean = 100 * (np.mean(own) - np.mean(base))
    assert f"{mean:.2f}".replace("-", "\u2212") in parts[f"{SLIM} \u00b7 w50"]


def test_sizes_count_once_a_file(inputs: Inputs, tables: Tables) -> None:
    files = {one.variant.name for one in inputs.results}
    first = {one.variant.levels[0].name for one in inputs.results}
    assert set(tables["codecs"]["variant"]) == first and len(first) == len(files)
    assert len(tables["codecs"]) == len(files) * len(synthetic.CODECS)
    for chart in charts(tables).values():
        for rows in chart.tables.values():
            assert sorted(row["variant"] for row in rows) == sorted(first)
    told = {point.topic: point for point in size.TOPIC.findings(tables)}
    counted = re.findall(r"\((\d+)\)", told["Size after the best codec"].text.split(";")[0])
    assert sum(map(int, counted)) == len(files)
    section = size.TOPIC.section(tables, ())
    assert section is not None
    for block in section.blocks:
        rows = [row[0].value for row in block.rows] if hasattr(block, "rows") else []
        assert not [one for one in rows if one.endswith(LEVELS[1:])]
    (shipping,) = (block for block in section.blocks if getattr(block, "name", "") == "shipping")
    assert "stands here once, by its widest level" in shipping.caption and len(shipping.rows) == len(files)


def test_the_size_of_a_file_is_drawn_once(inputs: Inputs, tables: Tables) -> None:
    figure = size.TOPIC.figures(tables)["size"](tables, LIGHT)
    assert isinstance(figure, Figure)
    marks = sum(len(one.get_offsets()) for one in figure.axes[0].collections if hasattr(one, "get_offsets"))
    lines = [len(one.get_segments()) for one in figure.axes[0].collections if hasattr(one, "get_segments")]
    assert sum(lines) == len({one.variant.name for one in inputs.results}) and marks >= 2 * sum(lines)


def test_the_smallest_within_a_point_is_told_with_its_level(inputs: Inputs) -> None:
    """A family whose widest two levels lose nothing: its file is named by the widest."""
    results = []
    base = inputs.by_name[f"{ARCH}_retrained_finetune_s0_float32"]
    for one in inputs.results:
        if one.name in (name("w100"), name("w75")):
            document = {"per_class": synthetic.document(base)["per_class"], "file_bytes": 10, "gzip_bytes": 9}
            evaluation = replace(one.evaluation, document=synthetic.document(one) | document)  # type: ignore[type-var]
            one = replace(one, predictions=base.predictions, evaluation=evaluation)
        if one.variant.seed == 0:
            results.append(one)
    changed = tables_of(replace(inputs, results=tuple(results), encoded={}))
    told = {point.topic: point for point in size.TOPIC.findings(changed)}
    assert f"is {ARCH} \u00b7 {SLIM} \u00b7 w100 \u00b7 int8: " in told["Smallest on flash without loss"].text
    assert size_column(changed["results"]) == "gzip_bytes"


def test_each_level_has_its_own_answers_under_corruptions(inputs: Inputs, tables: Tables) -> None:
    rows = records(tables["robustness"])
    for level in LEVELS:
        (own,) = (
            row
            for row in rows
            if row["variant"] == name(level) and row["class"] is None and row["corruption"] == CLEAN.corruption
        )
        (clean,) = (one for one in inputs.robustness[name(level)]["results"] if one["corruption"] == CLEAN.corruption)
        assert own["accuracy"] == decoded(clean)[0].mean()
    figure = curves(tables, LIGHT)
    assert figure is not None
    titles = [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes]
    assert [title for title in titles if SLIM in title] == [f"{ARCH}\n{SLIM} \u00b7 {level}" for level in LEVELS]
    other = {file: entry for file, entry in inputs.robustness.items() if file != name("w50")}
    missing = tables_of(replace(inputs, robustness=other))["robustness"]
    assert name("w50") not in set(missing["variant"]) and name("w25") in set(missing["variant"])
    assert robustness.TOPIC.section(tables, ()) is not None


def test_calibration_has_a_row_a_level(tables: Tables) -> None:
    section = calibration.TOPIC.section(tables, ())
    assert section is not None
    shown = [row[0].value for row in section.blocks[0].rows]  # type: ignore[union-attr]
    assert [one for one in shown if one.startswith(f"{ARCH}_slimmable25_s0_int8")] == [name(level) for level in LEVELS]


def test_the_page_can_choose_a_level_and_compares_it_with_its_baseline(inputs: Inputs, tables: Tables) -> None:
    found = page(tables, {})
    title, options = found.filters["level"]
    assert title == "Level" and options[0] == ("serving_default", "the only one of its file")
    assert [value for value, _ in options[1:]] == list(LEVELS)
    assert found.document["variants"][name("w50")]["level"] == "w50"
    variants = found.document["compare"]["variants"]
    (own,) = (one for one in variants if one["variant"] == name("w50", seed=1))
    assert variants[own["base"]]["variant"] == f"{ARCH}_retrained_finetune_s1_float32"
    assert own["label"] == f"{ARCH} \u00b7 {SLIM} \u00b7 w50 \u00b7 int8 \u00b7 seed 1"
    assert len({one["label"] for one in variants}) == len(variants) == len(inputs.results)


def test_hashes_are_those_of_files(inputs: Inputs) -> None:
    (fold,) = (block for block in provenance(inputs).blocks if hasattr(block, "summary"))
    rows = {row[0].value: row[1].value for row in fold.blocks[0].rows}
    assert rows == {one.variant.name: synthetic.sha256(one.variant.name) for one in inputs.results}


def test_the_report_says_what_a_level_counts_as(tables: Tables) -> None:
    text = markdown(document(tables, set()))
    assert SEVERAL.strip() in text and "## Dynamic networks" in text
    assert text.index("## All variants") < text.index("## Dynamic networks")
    assert "A file of several levels has a line for each" in text
    assert all(dense and dense["method"] == "dense" for dense, _ in chosen(tables["results"]))


def test_without_a_family_nothing_of_this_is_said(plain: Tables) -> None:
    text = markdown(document(plain, set()))
    for word in ("Dynamic networks", "several levels", "several networks", "Levels of a family", "w100"):
        assert word not in text
    found = page(plain, {})
    assert "level" not in found.filters and all("level" not in one for one in found.document["variants"].values())


def test_levels_are_those_of_the_plan(inputs: Inputs) -> None:
    family = inputs.by_name[name("w50")].variant
    assert [Level(family, level).name for level in LEVELS] == [name(level) for level in LEVELS]
