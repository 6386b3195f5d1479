"""Rows, tables and sentences over seeds: of tests, of retraining, of pruning with quantizing, of forgotten images."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic_study as synthetic
from report_page import SCRIPTS, Page, agree
from report_topics import csv_rows, page_of, report_of, tables_of, told
from scipy.stats import ttest_ind, ttest_rel
from synthetic_study import HOSTILE

from study.report.markdown import markdown
from study.report.tables import Tables, known
from study.statistics.corrections import holm
from study.statistics.exemplars import modal_exemplars, taxicab

ARCH, PRUNED = "mobilenet", "mobilenet_magnitude60_s{}_int8"
BASE, SEEDS = "mobilenet_dense_s{}_float32", range(5)


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
    own = table[table["variant"] == PRUNED.format(2)].fillna({"class": ""}).set_index("class")
    parts = [BASE.format(2), f"{ARCH}_magnitude60_s2_float32", f"{ARCH}_dense_s2_int8", PRUNED.format(2)]
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


def test_seeds_are_compared_by_hand(tables: Tables) -> None:
    rows = by(csv_rows(tables, "seeds"), quantization="int8", method="magnitude")
    assert [row["class"] for row in rows] == ["", *synthetic.CIFAR10]
    before, after = (accuracies(tables, [name.format(seed) for seed in SEEDS]) for name in (BASE, PRUNED))
    first, second = (values - values.mean(axis=1, keepdims=True) for values in (before, after))
    for k, row in enumerate(rows[1:]):
        assert float(row["delta_pp"]) == pytest.approx(100 * (after - before)[:, k].mean(), abs=1e-4)
        assert float(row["p_value"]) == pytest.approx(ttest_rel(after[:, k], before[:, k]).pvalue, rel=1e-4)
        assert float(row["shifted_pp"]) == pytest.approx(100 * (second - first)[:, k].mean(), abs=1e-4)
        welch = ttest_ind(second[:, k], first[:, k], equal_var=False).pvalue
        paired = ttest_rel(second[:, k], first[:, k]).pvalue
        assert (float(row["welch_p_value"]), float(row["paired_p_value"])) == pytest.approx((welch, paired), rel=1e-4)
        assert (row["seeds"], row["outcome"]) == ("5", "tested")
        assert (row["shifted_significant"] == "true") == (float(row["paired_p_adjusted"]) < 0.05)
    top1 = [synthetic.document(tables.inputs.by_name[PRUNED.format(seed)])["top1"] for seed in SEEDS]
    assert float(rows[0]["mean_accuracy"]) == pytest.approx(np.mean(top1), abs=1e-6)
    assert float(rows[0]["sd_pp"]) == pytest.approx(100 * np.std(top1, ddof=1), abs=1e-4)
    tested = known(tables["seeds"], "paired_p_value")
    assert len(tested) == 30 and list(tested["paired_p_adjusted"]) == holm(list(tested["paired_p_value"]))


def test_retraining_stands_beside_every_flip_of_a_compressed_variant(tables: Tables) -> None:
    runs = [named(tables, BASE.format(seed)) for seed in SEEDS]
    between = [float((first != second).mean()) for first, second in combinations(runs, 2)]
    assert list(tables["results"]["retrain_flips"]) == pytest.approx([1000 * np.mean(between)] * 20)
    rows = csv_rows(tables, "retraining")
    (own,) = by(rows, quantization="int8", method="magnitude")
    flips = [float((runs[seed] != named(tables, PRUNED.format(seed))).mean()) for seed in SEEDS]
    assert float(own["compression_flip_rate"]) == pytest.approx(np.mean(flips), abs=1e-6)
    assert float(own["base_retrain_flip_rate"]) == pytest.approx(np.mean(between), abs=1e-6)
    (base,) = by(rows, quantization="float32", method="dense")
    assert base["compression_flip_rate"] == "" and base["retrain_flip_rate"] == base["base_retrain_flip_rate"]
    assert [base[f"retrain_flip_{end}"] for end in ("least", "most")] == [f"{min(between):.6f}", f"{max(between):.6f}"]
    wide = np.std(accuracies(tables, [BASE.format(seed) for seed in SEEDS]), axis=0, ddof=1)
    assert float(base["class_spread_pp"]) == pytest.approx(100 * wide.mean(), abs=1e-4)
    assert base["widest_spread_class"] == synthetic.CIFAR10[int(wide.argmax())]


def test_exemplars_are_counted_for_all_and_for_each_treatment(tables: Tables) -> None:
    bases = [BASE.format(seed) for seed in SEEDS]
    sides = [[named(tables, one.name) for one in tables.inputs.results if (one.name in bases) == own] for own in (1, 0)]
    rows = csv_rows(tables, "exemplars")
    assert [row["models"] for row in rows] == ["15", "5", "5", "5"] and rows[0]["method"] == ""
    found, distance = modal_exemplars(*sides, 10), taxicab(*sides, 10)
    assert (int(rows[0]["modal"]), int(rows[0]["modal_ties"])) == (len(found.indices), found.ties)
    assert float(rows[0]["taxicab"]) == pytest.approx(distance.mean(), abs=1e-6)
    assert int(rows[0]["taxicab_half"]) == (distance >= 1).sum()
    expected = np.mean([right(tables, name)[found.indices].mean() for name in bases])
    assert float(rows[0]["modal_base_top1"]) == pytest.approx(expected, abs=1e-6)


def test_the_tables_show_the_csv_files(tables: Tables, page: Page) -> None:
    assert agree(page, "retraining", csv_rows(tables, "retraining")) == 8 * 4
    rows = csv_rows(tables, "seeds")
    single = [row for row in rows if row["class"]]
    assert agree(page, "seeds", by(rows, **{"class": ""})) == 7 * 3
    single.sort(key=lambda row: (float(row["paired_p_adjusted"]), float(row["paired_p_value"])))
    assert agree(page, "seed-classes", single) == 10 * 30
    rows = csv_rows(tables, "interaction")
    single = [row for row in rows if row["class"]]
    assert agree(page, "interaction", by(rows, **{"class": ""})) == 6 * 5
    single.sort(key=lambda row: (float(row["p_adjusted"]), float(row["p_value"])))
    assert agree(page, "interaction-classes", single) == 8 * 50
    beyond = [row for row in csv_rows(tables, "per_class") if row["excess_p_value"]]
    beyond.sort(key=lambda row: (float(row["excess_p_adjusted"]), float(row["excess_p_value"])))
    assert agree(page, "class-excess", beyond) == 6 * 150
    assert agree(page, "exemplars", csv_rows(tables, "exemplars")) == 7 * 4
    keys, lines = page.tables["results"]
    flips = [line[keys.index("retrain_flips")][0] for line in lines]
    assert flips == [row["retrain_flips"] for row in csv_rows(tables, "results")]


def test_what_is_significant_is_marked(tables: Tables, page: Page) -> None:
    for table, name, key, flag in (
        ("class-excess", "per_class", "excess_pp", "excess_significant"),
        ("seed-classes", "seeds", "shifted_pp", "shifted_significant"),
        ("interaction-classes", "interaction", "interaction_pp", "interaction_significant"),
    ):
        keys, lines = page.tables[table]
        marked = sum(line[keys.index(key)][1].endswith("*") for line in lines)
        assert marked == (tables[name][flag].eq(True) & tables[name]["class"].notna()).sum()
    assert tables["per_class"]["excess_significant"].eq(True).any()


def test_findings_are_computed_from_the_rows(tables: Tables) -> None:
    said = told(tables.inputs)
    assert said["Pruning and quantizing together"].text.startswith("Of 5 variants both pruned and quantized, ")
    assert "Of 50 single classes" in said["Pruning and quantizing together"].text
    base = 100 * tables["retraining"]["base_retrain_flip_rate"].iloc[0]
    assert f"changes the answer on {base:.2f}\u00a0% (mobilenet)" in said["Compression beside retraining"].text
    assert "30 tests over seeds: " in said["Classes over seeds"].text
    assert len(said["Over seeds"].parts) == 3 and "5 seeds: \u2212" in said["Over seeds"].parts[0]


@pytest.mark.parametrize("seeds", [2, 4])
def test_few_seeds_are_indicative_and_never_significant(seeds: int) -> None:
    few = tables_of(synthetic.study([ARCH], seeds=range(seeds), images=40, latency=[]))
    single = known(few["seeds"], "class")
    assert set(single["outcome"]) == {"indicative"} and not few["seeds"]["shifted_significant"].eq(True).any()
    assert f"{3 * 10} are indicative alone: fewer than 5 seeds." in told(few.inputs)["Classes over seeds"].text


def test_one_seed_has_no_seeds_and_no_retraining() -> None:
    one = tables_of(synthetic.study([ARCH], images=20, latency=[]))
    assert one["seeds"].empty and one["retraining"].empty and one["results"]["retrain_flips"].isna().all()
    page = page_of(one)
    assert not {"seeds", "retraining", "seed-classes"} & set(page.tables)
    assert "retrain_flips" not in page.tables["results"][0] and "Seeds and retraining" not in page.text


@pytest.mark.parametrize(
    ("recipes", "schemes"), [({}, ["float32", "int8"]), ({"magnitude": [60]}, ["float32"]), ({}, ["float32"])]
)
def test_without_both_kinds_of_compression_there_is_no_interaction(recipes: Any, schemes: list[str]) -> None:
    one = tables_of(synthetic.study([ARCH], recipes, schemes, images=20, latency=[]))
    assert one["interaction"].empty and "Pruning and quantizing together" not in page_of(one).text
    assert "Pruning and quantizing together" not in told(one.inputs)


def test_a_missing_part_leaves_out_what_needs_it() -> None:
    inputs = synthetic.study([ARCH], seeds=range(2), images=20, latency=[])
    gone = synthetic.without(inputs, BASE.format(0))
    one = tables_of(synthetic.without(gone, BASE.format(0), field="predictions"))
    assert set(one["interaction"]["seed"]) == {1}
    assert one["seeds"].empty  # one pair of seeds is left
    assert one["retraining"]["base_retrain_flip_rate"].isna().all() and len(one["retraining"]) == 3
    every = [result.name for result in inputs.results]
    nothing = tables_of(synthetic.without(synthetic.without(inputs, *every), *every, field="predictions"))
    for name in ("seeds", "retraining", "interaction", "exemplars"):
        assert nothing[name].empty
    assert not {"exemplars", "seeds", "class-excess"} & set(page_of(nothing).tables)


def test_a_class_that_a_seed_does_not_know_leaves_that_seed_out() -> None:
    inputs = synthetic.study([ARCH], seeds=range(3), images=20, latency=[])
    own = inputs.by_name[PRUNED.format(1)]
    entries = [
        entry | {"n": 0, "accuracy": None} if k == 4 else entry for k, entry in enumerate(own.evaluation.classes)
    ]
    changed = synthetic.evaluated(inputs, own.name, per_class=entries)
    table = tables_of(synthetic.without(changed, own.name, field="predictions"))["seeds"]
    counts = table.groupby("quantization")["seeds"].agg(set)
    assert counts.to_dict() == {"float32": {3}, "int8": {2, 3}}
    pruned = table[(table["method"] == "magnitude") & (table["quantization"] == "int8")]
    assert set(pruned["seeds"]) == {2} and len(pruned) == 11 and pd.notna(pruned["delta_pp"]).all()


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
