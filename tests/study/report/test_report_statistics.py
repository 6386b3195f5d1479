"""Rows, tables and sentences of the statistics that need several variants, classes or seeds at once."""

import csv
import io
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import synthetic_study as synthetic
from report_page import SCRIPTS, Page, agree
from scipy.stats import ttest_ind, ttest_rel
from synthetic_study import HOSTILE

from study.report.document import document
from study.report.facts import Facts, csv_files, gather
from study.report.findings.findings import findings
from study.report.html import html
from study.report.inputs import Inputs
from study.report.markdown import markdown
from study.statistics.class_contrast import contrasts
from study.statistics.corrections import benjamini_hochberg, holm
from study.statistics.exemplars import modal_exemplars, taxicab
from study.tasks import metrics

ARCH, PRUNED = "mobilenet", "mobilenet_magnitude60_s{}_int8"
SEEDS = range(5)


@dataclass(frozen=True)
class Shown:
    """A study, its rows, its CSV files read back and its page without figures."""

    inputs: Inputs
    facts: Facts
    files: dict[str, list[dict[str, str]]]
    page: Page

    def numbers(self, name: str, key: str) -> list[float]:
        """A column of a CSV file."""
        return [float(row[key]) for row in self.files[name] if row[key]]


def shown(inputs: Inputs) -> Shown:
    facts = gather(inputs)
    files = {name: list(csv.DictReader(io.StringIO(text))) for name, text in csv_files(facts).items()}
    return Shown(inputs, facts, files, Page(html(document(inputs, facts, []), {})))


@pytest.fixture(scope="module")
def study() -> Shown:
    inputs = synthetic.study([ARCH], seeds=SEEDS, images=100)
    return shown(replace(inputs, images=synthetic.pictures(1000), latency=[]))


def named(study: Shown, variant: str) -> Any:
    return metrics.predictions(study.inputs.predictions[variant]["logits"])


def right(study: Shown, variant: str) -> Any:
    arrays = study.inputs.predictions[variant]
    return metrics.correct(arrays["logits"], arrays["labels"])


def by(rows: list[dict[str, str]], **wanted: str) -> list[dict[str, str]]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_q_values_run_over_the_whole_report(study: Shown) -> None:
    tested = [row for row in study.facts.per_class if row.get("p_value") is not None]
    assert len(tested) == 15 * 10
    assert [row["q_value"] for row in tested] == benjamini_hochberg([row["p_value"] for row in tested])
    assert all(row["p_value"] <= row["q_value"] <= row["p_adjusted"] for row in tested)
    assert not [row for row in study.facts.per_class if row["baseline"] is None and "q_value" in row]


def test_each_class_is_set_against_the_average_class_of_its_variant(study: Shown) -> None:
    own = [row for row in study.facts.per_class if row["variant"] == PRUNED.format(0)]
    counts = (np.array([row[key] for row in own]) for key in ("n", "base_only", "variant_only"))
    for row, expected in zip(own, contrasts(*counts, 150), strict=True):
        assert row["excess_pp"] == pytest.approx(row["delta_pp"] - np.mean([one["delta_pp"] for one in own]))
        assert (row["excess_low_pp"], row["excess_p_value"]) == (expected.low_pp, expected.p_value)
    tested = [row for row in study.facts.per_class if "excess_p_value" in row]
    adjusted = holm([row["excess_p_value"] for row in tested])
    assert [row["excess_p_adjusted"] for row in tested] == adjusted
    harder = {row["class"] for row in tested if row["excess_significant"] and row["excess_pp"] < 0}
    assert harder == {"cat"}  # the one that was planted


def test_an_interaction_is_counted_on_the_same_images(study: Shown) -> None:
    rows = study.files["interaction.csv"]
    assert {row["variant"] for row in rows} == {PRUNED.format(seed) for seed in SEEDS}
    assert len(rows) == 5 * 11
    (row,) = by(rows, variant=PRUNED.format(2), **{"class": ""})
    parts = [f"{ARCH}_dense_s2_float32", f"{ARCH}_magnitude60_s2_float32", f"{ARCH}_dense_s2_int8", PRUNED.format(2)]
    assert [row["baseline"], row["pruned"], row["quantized"], row["variant"]] == parts
    base, pruned, quantized, both = (right(study, variant).mean() for variant in parts)
    assert float(row["joint_pp"]) == pytest.approx(100 * (both - base), abs=1e-4)
    assert float(row["sum_pp"]) == pytest.approx(100 * (pruned + quantized - 2 * base), abs=1e-4)
    assert float(row["interaction_pp"]) == pytest.approx(100 * (both - pruned - quantized + base), abs=1e-4)
    assert float(row["interaction_low_pp"]) < float(row["interaction_pp"]) < float(row["interaction_high_pp"])
    (cat,) = by(rows, variant=PRUNED.format(2), **{"class": "cat"})
    cats = study.inputs.predictions[parts[0]]["labels"] == 3
    base, pruned, quantized, both = (right(study, variant)[cats].mean() for variant in parts)
    assert float(cat["interaction_pp"]) == pytest.approx(100 * (both - pruned - quantized + base), abs=1e-4)
    adjusted = holm([row["p_value"] for row in study.facts.interaction])
    assert [row["p_adjusted"] for row in study.facts.interaction] == adjusted


def test_seeds_are_compared_by_hand(study: Shown) -> None:
    rows = by(study.files["seeds.csv"], quantization="int8", method="magnitude")
    assert [row["class"] for row in rows] == ["", *synthetic.CIFAR10]
    accuracy = {
        kind: np.array(
            [[entry["accuracy"] for entry in study.inputs.accuracy[name.format(seed)]["per_class"]] for seed in SEEDS]
        )
        for kind, name in (("base", f"{ARCH}_dense_s{{}}_float32"), ("own", PRUNED))
    }
    place = {kind: values - values.mean(axis=1, keepdims=True) for kind, values in accuracy.items()}
    for k, row in enumerate(rows[1:]):
        own, base = accuracy["own"][:, k], accuracy["base"][:, k]
        assert float(row["delta_pp"]) == pytest.approx(100 * (own - base).mean(), abs=1e-4)
        assert float(row["p_value"]) == pytest.approx(ttest_rel(own, base).pvalue, rel=1e-4)
        assert float(row["shifted_pp"]) == pytest.approx(100 * (place["own"] - place["base"])[:, k].mean(), abs=1e-4)
        welch = ttest_ind(place["own"][:, k], place["base"][:, k], equal_var=False).pvalue
        paired = ttest_rel(place["own"][:, k], place["base"][:, k]).pvalue
        assert (float(row["welch_p_value"]), float(row["paired_p_value"])) == pytest.approx((welch, paired), rel=1e-4)
        assert (row["seeds"], row["outcome"]) == ("5", "tested")
        assert (row["shifted_significant"] == "true") == (float(row["paired_p_adjusted"]) < 0.05)
    top1 = [study.inputs.accuracy[PRUNED.format(seed)]["top1"] for seed in SEEDS]
    assert float(rows[0]["mean_accuracy"]) == pytest.approx(np.mean(top1), abs=1e-6)
    assert float(rows[0]["sd_pp"]) == pytest.approx(100 * np.std(top1, ddof=1), abs=1e-4)
    tested = [row["paired_p_value"] for row in study.facts.seeds if row.get("paired_p_value") is not None]
    adjusted = [row["paired_p_adjusted"] for row in study.facts.seeds if row.get("paired_p_value") is not None]
    assert len(tested) == 30 and adjusted == holm(tested)


def test_retraining_stands_beside_every_flip_of_a_compressed_variant(study: Shown) -> None:
    runs = [named(study, f"{ARCH}_dense_s{seed}_float32") for seed in SEEDS]
    between = [float((first != second).mean()) for first, second in combinations(runs, 2)]
    for row in study.files["results.csv"]:
        assert float(row["retrain_flips"]) == round(1000 * np.mean(between))
    (own,) = by(study.files["retraining.csv"], quantization="int8", method="magnitude")
    flips = [float((runs[seed] != named(study, PRUNED.format(seed))).mean()) for seed in SEEDS]
    assert float(own["compression_flip_rate"]) == pytest.approx(np.mean(flips), abs=1e-6)
    assert float(own["base_retrain_flip_rate"]) == pytest.approx(np.mean(between), abs=1e-6)
    (base,) = by(study.files["retraining.csv"], quantization="float32", method="dense")
    assert base["compression_flip_rate"] == "" and base["retrain_flip_rate"] == base["base_retrain_flip_rate"]
    assert [base[f"retrain_flip_{end}"] for end in ("least", "most")] == [f"{min(between):.6f}", f"{max(between):.6f}"]
    table = [
        [entry["accuracy"] for entry in study.inputs.accuracy[f"{ARCH}_dense_s{seed}_float32"]["per_class"]]
        for seed in SEEDS
    ]
    wide = np.std(table, axis=0, ddof=1)
    assert float(base["class_spread_pp"]) == pytest.approx(100 * wide.mean(), abs=1e-4)
    assert base["widest_spread_class"] == synthetic.CIFAR10[int(wide.argmax())]


def test_exemplars_are_counted_for_all_and_for_each_treatment(study: Shown) -> None:
    everything = list(study.inputs.exported)
    base = [named(study, variant) for variant in everything if variant.endswith("_float32") and "dense" in variant]
    others = [named(study, variant) for variant in everything if not ("dense" in variant and "float32" in variant)]
    rows = study.files["exemplars.csv"]
    assert [row["models"] for row in rows] == ["15", "5", "5", "5"] and rows[0]["method"] == ""
    found, distance = modal_exemplars(base, others, 10), taxicab(base, others, 10)
    assert (int(rows[0]["modal"]), int(rows[0]["modal_ties"])) == (len(found.indices), found.ties)
    assert float(rows[0]["taxicab"]) == pytest.approx(distance.mean(), abs=1e-6)
    assert int(rows[0]["taxicab_half"]) == (distance >= 1).sum()
    assert float(rows[0]["modal_base_top1"]) == pytest.approx(
        np.mean([right(study, f"{ARCH}_dense_s{seed}_float32")[found.indices].mean() for seed in SEEDS]), abs=1e-6
    )


def test_reliability_sums_to_the_error_of_the_evaluation(study: Shown) -> None:
    rows = study.files["reliability.csv"]
    assert len(rows) == 20 * 15
    for result in study.files["results.csv"]:
        own = by(rows, variant=result["variant"])
        whole = sum(int(row["n"]) * abs(float(row["gap_pp"] or 0)) for row in own) / 1000 / 100
        assert whole == pytest.approx(float(result["ece"]), abs=1e-5)
        mean = sum(int(row["n"]) * float(row["confidence"] or 0) for row in own) / 1000
        assert float(result["confidence"]) == pytest.approx(mean, abs=1e-5)
        over = 100 * (float(result["confidence"]) - float(result["top1"]))
        assert float(result["overconfidence_pp"]) == pytest.approx(over, abs=2e-4)


def test_the_tables_show_the_csv_files(study: Shown) -> None:
    files = study.files
    assert agree(study.page, "retraining", files["retraining.csv"]) == 8 * 4
    whole, single = by(files["seeds.csv"], **{"class": ""}), [row for row in files["seeds.csv"] if row["class"]]
    assert agree(study.page, "seeds", whole) == 7 * 3
    single.sort(key=lambda row: (float(row["paired_p_adjusted"]), float(row["paired_p_value"])))
    assert agree(study.page, "seed-classes", single) == 10 * 30
    whole, single = ([row for row in files["interaction.csv"] if bool(row["class"]) == one] for one in (False, True))
    assert agree(study.page, "interaction", whole) == 6 * 5
    single.sort(key=lambda row: (float(row["p_adjusted"]), float(row["p_value"])))
    assert agree(study.page, "interaction-classes", single) == 8 * 50
    beyond = [row for row in files["per_class.csv"] if row["excess_p_value"]]
    beyond.sort(key=lambda row: (float(row["excess_p_adjusted"]), float(row["excess_p_value"])))
    assert agree(study.page, "class-excess", beyond) == 6 * 150
    assert agree(study.page, "exemplars", files["exemplars.csv"]) == 7 * 4
    keys, lines = study.page.tables["reliability"]
    gaps = [cell[0] for line in lines for cell in line[1:]]
    assert gaps == [row["gap_pp"] for row in files["reliability.csv"]] and len(keys) == 16
    keys, lines = study.page.tables["results"]
    flips = [line[keys.index("retrain_flips")][0] for line in lines]
    assert flips == [row["retrain_flips"] for row in files["results.csv"]]


def test_what_is_significant_is_marked(study: Shown) -> None:
    for table, name, key, flag in (
        ("class-excess", "per_class.csv", "excess_pp", "excess_significant"),
        ("seed-classes", "seeds.csv", "shifted_pp", "shifted_significant"),
        ("interaction-classes", "interaction.csv", "interaction_pp", "interaction_significant"),
    ):
        keys, lines = study.page.tables[table]
        marked = sum(line[keys.index(key)][1].endswith("*") for line in lines)
        assert marked == len([row for row in study.files[name] if row[flag] == "true"])
    assert sum(row["excess_significant"] == "true" for row in study.files["per_class.csv"]) > 0


def test_findings_are_computed_from_the_rows(study: Shown) -> None:
    told = {point.topic: point for point in findings(study.facts)}
    beyond = [row for row in study.facts.per_class if row.get("excess_significant")]
    harder = told["Classes: harder than average"].text
    assert f"In {len(beyond)} of 150 cases a class is hit significantly harder" in harder
    assert all("\u201ccat\u201d" in part for part in told["Classes: harder than average"].parts)
    likely = [row for row in study.facts.per_class if row.get("q_value", 1) < 0.05 and row["delta_pp"] < 0]
    assert f"(Benjamini-Hochberg): {len(likely)} losses and" in told["Classes: what is certain"].text
    assert told["Pruning and quantizing together"].text.startswith("Of 5 variants both pruned and quantized, ")
    assert "Of 50 single classes" in told["Pruning and quantizing together"].text
    base = 100 * study.numbers("retraining.csv", "base_retrain_flip_rate")[0]
    assert f"changes the answer on {base:.2f}\u00a0% (mobilenet)" in told["Compression beside retraining"].text
    assert "30 tests over seeds: " in told["Classes over seeds"].text
    assert len(told["Over seeds"].parts) == 3 and "5 seeds: \u2212" in told["Over seeds"].parts[0]
    worst = max(study.numbers("results.csv", "ece"))
    assert f"{worst:.3f}, confidence minus top-1" in told["Calibration"].text


@pytest.mark.parametrize("seeds", [2, 4])
def test_few_seeds_are_indicative_and_never_significant(seeds: int) -> None:
    one = shown(synthetic.study([ARCH], seeds=range(seeds), images=40, latency=[]))
    assert {row["outcome"] for row in one.files["seeds.csv"] if row["class"]} == {"indicative"}
    assert not by(one.files["seeds.csv"], shifted_significant="true")
    assert f"{3 * 10} are indicative alone: fewer than 5 seeds." in one.page.text


def test_one_seed_has_no_seeds_and_no_retraining() -> None:
    one = shown(synthetic.study([ARCH], images=20, latency=[]))
    assert (one.files["seeds.csv"], one.files["retraining.csv"]) == ([], [])
    assert not {"seeds", "retraining", "seed-classes"} & set(one.page.tables)
    assert all(row["retrain_flips"] == "" for row in one.files["results.csv"])
    assert "retrain_flips" not in one.page.tables["results"][0] and "Seeds and retraining" not in one.page.text


@pytest.mark.parametrize(
    ("recipes", "schemes"), [({}, ["float32", "int8"]), ({"magnitude": [60]}, ["float32"]), ({}, ["float32"])]
)
def test_without_both_kinds_of_compression_there_is_no_interaction(recipes: Any, schemes: list[str]) -> None:
    one = shown(synthetic.study([ARCH], recipes, schemes, images=20, latency=[]))
    assert one.files["interaction.csv"] == [] and "interaction" not in one.page.tables
    assert "Pruning and quantizing together" not in one.page.text


def test_a_missing_part_leaves_out_what_needs_it() -> None:
    inputs = synthetic.study([ARCH], seeds=range(2), images=20, latency=[])
    gone = f"{ARCH}_dense_s0_float32"
    rest = {
        field: {name: value for name, value in getattr(inputs, field).items() if name != gone}
        for field in ("accuracy", "predictions")
    }
    one = shown(replace(inputs, **rest))
    assert {row["seed"] for row in one.files["interaction.csv"]} == {"1"}
    assert one.files["seeds.csv"] == []  # one pair of seeds is left
    assert {row["base_retrain_flip_rate"] for row in one.files["retraining.csv"]} == {""}
    nothing = shown(replace(inputs, accuracy={}, predictions={}, history={}))
    for name in ("seeds.csv", "retraining.csv", "interaction.csv", "reliability.csv", "exemplars.csv"):
        assert nothing.files[name] == []
    assert not {"calibration", "exemplars", "reliability", "class-excess"} & set(nothing.page.tables)


def test_hostile_class_names_stay_text_over_seeds() -> None:
    inputs = synthetic.study([ARCH], classes=HOSTILE, seeds=range(2), images=20, latency=[])
    facts = gather(inputs)
    report = document(inputs, facts, [])
    page = Page(html(report, {}))
    tags = [tag for tag, _ in page.tags]
    assert "image" not in tags and tags.count("script") == SCRIPTS
    for table, column in (("seed-classes", 1), ("interaction-classes", 1), ("class-excess", 1)):
        said = {line[column][1] for line in page.tables[table][1]}
        assert said == {name.replace("\n", "\ufffd") for name in HOSTILE}
    text = markdown(report)
    assert "<script" not in text and "<image" not in text
