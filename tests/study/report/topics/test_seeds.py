"""Rows, tables and sentences over seeds: of tests, of retraining, of pruning with quantizing, of forgotten images."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import synthetic_study as synthetic
from report_page import SCRIPTS, Page, agree
from report_topics import csv_rows, page_of, report_of, tables_of, told
from synthetic_study import HOSTILE

from study.report.markdown import markdown
from study.report.tables import Tables
from study.statistics.corrections import holm
from study.statistics.exemplars import modal_exemplars, taxicab

ARCH, PRUNED = "mobilenet", "mobilenet_magnitude60_s{}_int8"
BASE, CONTROL, SEEDS = "mobilenet_dense_s{}_float32", "mobilenet_retrained_s{}_float32", range(5)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(synthetic.study([ARCH], seeds=SEEDS, images=100, latency=[]))


@pytest.fixture(scope="module")
def page(tables: Tables) -> Page:
    return page_of(tables)


def named(tables: Tables, variant: str) -> Any:
    return synthetic.answered(tables.inputs.by_name[variant]).predicted


def right(tables: Tables, variant: str) -> Any:
    return synthetic.answered(tables.inputs.by_name[variant]).correct


def accuracies(tables: Tables, variants: Iterable[str]) -> Any:
    documents = [synthetic.document(tables.inputs.by_name[variant]) for variant in variants]
    return np.array([[entry["accuracy"] for entry in document["per_class"]] for document in documents])


def by(rows: list[dict[str, str]], **wanted: str) -> list[dict[str, str]]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_an_interaction_is_counted_on_the_same_images(tables: Tables) -> None:
    table = tables["interaction"]
    assert list(table["variant"].unique()) == [PRUNED.format(seed) for seed in SEEDS] and len(table) == 5 * 11
    # quantizing alone is that of the equally trained network, as neither is
    own = table[table["variant"] == PRUNED.format(2)].fillna({"class": ""}).set_index("class")
    parts = [CONTROL.format(2), f"{ARCH}_magnitude60_s2_float32", f"{ARCH}_retrained_s2_int8", PRUNED.format(2)]
    assert list(own.loc["", ["baseline", "pruned", "quantized", "variant"]]) == parts
    cats = synthetic.answered(tables.inputs.by_name[parts[0]]).labels == 3
    for name, images in (("", cats | True), ("cat", cats)):
        base, pruned, quantized, both = (100 * right(tables, variant)[images].mean() for variant in parts)
        row = own.loc[name]
        assert row["joint_pp"] == pytest.approx(both - base)
        assert row["sum_pp"] == pytest.approx(pruned + quantized - 2 * base)
        assert row["interaction_pp"] == pytest.approx(both - pruned - quantized + base)
        assert row["interaction_low_pp"] < row["interaction_pp"] < row["interaction_high_pp"]
    assert list(table["p_adjusted"]) == holm(list(table["p_value"]))


def test_retraining_stands_beside_every_flip_of_a_compressed_variant(tables: Tables) -> None:
    """Of pruned networks, retraining that of the equally trained ones; of the dense ones, that of their own."""
    between = {}
    for base in (BASE, CONTROL):
        runs = [named(tables, base.format(seed)) for seed in SEEDS]
        between[base] = [float((first != second).mean()) for first, second in combinations(runs, 2)]
    results = tables["results"].set_index("variant")["retrain_flips"]
    dense = results.index.str.contains("_dense_")
    assert list(results[dense]) == pytest.approx([1000 * np.mean(between[BASE])] * 10)
    assert list(results[~dense]) == pytest.approx([1000 * np.mean(between[CONTROL])] * 20)
    rows = csv_rows(tables, "retraining")
    (own,) = by(rows, quantization="int8", method="magnitude")
    flips = [
        float((named(tables, CONTROL.format(seed)) != named(tables, PRUNED.format(seed))).mean()) for seed in SEEDS
    ]
    assert float(own["compression_flip_rate"]) == pytest.approx(np.mean(flips), abs=1e-6)
    assert float(own["base_retrain_flip_rate"]) == pytest.approx(np.mean(between[CONTROL]), abs=1e-6)
    for method, name in (("dense", BASE), ("retrained", CONTROL)):
        (base,) = by(rows, quantization="float32", method=method)
        assert base["compression_flip_rate"] == "" and base["retrain_flip_rate"] == base["base_retrain_flip_rate"]
        ends = [base[f"retrain_flip_{end}"] for end in ("least", "most")]
        assert ends == [f"{min(between[name]):.6f}", f"{max(between[name]):.6f}"]
        wide = np.std(accuracies(tables, [name.format(seed) for seed in SEEDS]), axis=0, ddof=1)
        assert float(base["class_spread_pp"]) == pytest.approx(100 * wide.mean(), abs=1e-4)
        assert base["widest_spread_class"] == synthetic.CIFAR10[int(wide.argmax())]


def test_exemplars_are_counted_for_all_and_for_each_treatment(tables: Tables) -> None:
    bases = [base.format(seed) for base in (BASE, CONTROL) for seed in SEEDS]
    sides = [[named(tables, one.name) for one in tables.inputs.results if (one.name in bases) == own] for own in (1, 0)]
    rows = csv_rows(tables, "exemplars")
    assert [row["models"] for row in rows] == ["20", "5", "5", "5", "5"] and rows[0]["method"] == ""
    found, distance = modal_exemplars(*sides, 10), taxicab(*sides, 10)
    assert (int(rows[0]["modal"]), int(rows[0]["modal_ties"])) == (len(found.indices), found.ties)
    assert float(rows[0]["taxicab"]) == pytest.approx(distance.mean(), abs=1e-6)
    assert int(rows[0]["taxicab_half"]) == (distance >= 1).sum()
    expected = np.mean([right(tables, name)[found.indices].mean() for name in bases])
    assert float(rows[0]["modal_base_top1"]) == pytest.approx(expected, abs=1e-6)


def test_the_tables_show_the_csv_files(tables: Tables, page: Page) -> None:
    assert agree(page, "retraining", csv_rows(tables, "retraining")) == 8 * 6
    rows = csv_rows(tables, "seeds")
    single = [row for row in rows if row["class"]]
    assert agree(page, "seeds", by(rows, **{"class": ""})) == 7 * 4
    single.sort(key=lambda row: (float(row["p_adjusted"]), float(row["p_value"])))
    assert agree(page, "seed-classes", single) == 11 * 40
    rows = csv_rows(tables, "interaction")
    single = [row for row in rows if row["class"]]
    assert agree(page, "interaction", by(rows, **{"class": ""})) == 6 * 5
    single.sort(key=lambda row: (float(row["p_adjusted"]), float(row["p_value"])))
    assert agree(page, "interaction-classes", single) == 8 * 50
    beyond = [row for row in csv_rows(tables, "per_class") if row["excess_p_value"]]
    beyond.sort(key=lambda row: (float(row["excess_p_adjusted"]), float(row["excess_p_value"])))
    assert agree(page, "class-excess", beyond) == 6 * 200
    assert agree(page, "exemplars", csv_rows(tables, "exemplars")) == 7 * 5
    keys, lines = page.tables["results"]
    flips = [line[keys.index("retrain_flips")][0] for line in lines]
    assert flips == [row["retrain_flips"] for row in csv_rows(tables, "results")]


def test_what_is_significant_is_marked(tables: Tables, page: Page) -> None:
    for table, name, key, flag in (
        ("class-excess", "per_class", "excess_pp", "excess_significant"),
        ("seed-classes", "seeds", "delta_pp", "significant"),
        ("seed-classes", "seeds", "shifted_pp", "shifted_significant"),
        ("interaction-classes", "interaction", "interaction_pp", "interaction_significant"),
    ):
        keys, lines = page.tables[table]
        marked = sum(line[keys.index(key)][1].endswith("*") for line in lines)
        assert marked == (tables[name][flag].eq(True) & tables[name]["class"].notna()).sum()
    assert tables["per_class"]["excess_significant"].eq(True).any()


def test_findings_are_computed_from_the_rows(tables: Tables) -> None:
    said = told(tables.inputs)
    assert said["Pruning and quantizing together"].text.startswith(
        "In these files, of 5 files both pruned and quantized, "
    )
    assert "Of 50 single classes" in said["Pruning and quantizing together"].text
    assert len(said["Over seeds"].parts) == 4


def test_one_seed_has_no_seeds_and_no_retraining() -> None:
    one = tables_of(synthetic.study([ARCH], images=20, latency=[]))
    assert one["seeds"].empty and one["retraining"].empty and one["results"]["retrain_flips"].isna().all()
    page = page_of(one)
    assert not {"seeds", "retraining", "seed-classes"} & set(page.tables)
    assert "retrain_flips" not in page.tables["results"][0] and "Which classes pay, over seeds" not in page.text


@pytest.mark.parametrize(
    ("recipes", "schemes"), [({}, ["float32", "int8"]), ({"magnitude": [60]}, ["float32"]), ({}, ["float32"])]
)
def test_without_both_kinds_of_compression_there_is_no_interaction(recipes: Any, schemes: list[str]) -> None:
    one = tables_of(synthetic.study([ARCH], recipes, schemes, images=20, latency=[]))
    assert one["interaction"].empty and "Pruning and quantizing together" not in page_of(one).text
    assert "Pruning and quantizing together" not in told(one.inputs)


def test_a_missing_part_leaves_out_what_needs_it() -> None:
    inputs = synthetic.study([ARCH], seeds=range(2), images=20, latency=[])
    gone = synthetic.without(inputs, CONTROL.format(0))
    one = tables_of(synthetic.without(gone, CONTROL.format(0), field="predictions"))
    assert set(one["interaction"]["seed"]) == {1}
    assert set(one["seeds"]["method"]) == {"dense"}  # of the others, one pair of seeds is left
    retraining = one["retraining"].set_index("method")["base_retrain_flip_rate"]
    assert retraining["dense"].notna().all() and retraining.drop("dense").isna().all() and len(retraining) == 5
    every = [result.name for result in inputs.results]
    nothing = tables_of(synthetic.without(synthetic.without(inputs, *every), *every, field="predictions"))
    for name in ("seeds", "retraining", "interaction", "exemplars"):
        assert nothing[name].empty
    assert not {"exemplars", "seeds", "class-excess"} & set(page_of(nothing).tables)


def test_hostile_class_names_stay_text_over_seeds() -> None:
    tables = tables_of(synthetic.study([ARCH], classes=HOSTILE, seeds=range(2), images=20, latency=[]))
    page = page_of(tables)
    tags = [tag for tag, _ in page.tags]
    assert "image" not in tags and tags.count("script") == SCRIPTS
    for table, column in (("seed-classes", 1), ("interaction-classes", 1), ("class-excess", 1)):
        said = {line[column][1] for line in page.tables[table][1]}
        assert said == {name.replace("\n", "\ufffd") for name in HOSTILE}
    text = markdown(report_of(tables))
    assert "<script" not in text and "<image" not in text
