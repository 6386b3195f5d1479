"""results.csv and its sentences: what they say, and how they show what is missing."""

from dataclasses import replace

import pandas as pd
import pytest
import synthetic_study as synthetic
from report_topics import csv_rows, tables_of, told

from study.plan.variant import Level, Recipe
from study.report.blocks import Point
from study.report.inputs import Inputs
from study.report.tables import Tables, records
from study.report.topics import accuracy

BASE, PRUNED = "mobilenet_dense_s0_float32", "mobilenet_magnitude60_s0_int8"
FIRST = (
    "variant arch method amount quantization seed dataset parameters sparsity_target sparsity_effective "
    "top1 top3 ece file_bytes gzip_bytes arena_bytes macs agreement_with_float flips"
)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return synthetic.study()


@pytest.fixture(scope="module")
def said() -> dict[str, Point]:
    return told(synthetic.study(images=300))


def results(inputs: Inputs) -> pd.DataFrame:
    return tables_of(inputs)["results"].set_index("variant")


def test_the_agreed_columns_come_first(inputs: Inputs) -> None:
    head = list(csv_rows(tables_of(inputs), "results")[0])
    assert head[: len(FIRST.split())] == FIRST.split()
    assert len(set(head)) == len(head) and not [key for key in head if key.startswith("_")]


def test_results_carry_the_evaluation_and_compare_with_float(inputs: Inputs) -> None:
    table, own, base = results(inputs), inputs.by_name[PRUNED], inputs.by_name[BASE]
    assert list(table.index) == [result.name for result in inputs.results]
    row, against = table.loc[PRUNED], table.loc[BASE]
    assert row["top1"] == synthetic.document(own)["top1"] and row["baseline"] == BASE
    assert row["delta_pp"] == pytest.approx(100 * (row["top1"] - against["top1"]))
    assert own.predictions and base.predictions
    assert row["flips"] == (own.predictions.predicted != base.predictions.predicted).sum() > 0
    assert row["agreement_with_float"] == pytest.approx(1 - row["flips"] / 600)
    assert (against["agreement_with_float"], against["flips"]) == (1.0, 0)
    assert pd.isna(against["delta_pp"])


def test_a_variant_without_a_result_is_missing_not_zero(inputs: Inputs) -> None:
    gone = synthetic.without(synthetic.without(inputs, PRUNED), PRUNED, field="predictions")
    table = results(gone)
    assert table.loc[PRUNED, ["top1", "file_bytes", "flips", "delta_pp"]].isna().all()
    assert table.loc[PRUNED, "sparsity_target"] == 0.6
    assert table.drop(index=PRUNED)["top1"].notna().all()


def test_a_narrower_network_was_asked_for_no_zeros(inputs: Inputs) -> None:
    level = Level(replace(inputs.by_name[PRUNED].variant, recipe=Recipe("sfp", 60)))
    row = results(synthetic.changed(inputs, {PRUNED: {"level": level}})).loc[level.name]
    assert pd.isna(row["sparsity_target"]) and row["amount"] == 60 and row["method"] == "sfp"


def test_without_its_baseline_a_variant_has_no_change(inputs: Inputs) -> None:
    row = results(synthetic.without(inputs, BASE, field="predictions")).loc[PRUNED]
    assert pd.isna(row["delta_pp"]) and pd.isna(row["flips"]) and row["top1"] > 0


def test_further_codecs_become_columns(inputs: Inputs) -> None:
    for size in (7, 8):
        changed = synthetic.evaluated(inputs, PRUNED, brotli_bytes=size)
        rows = csv_rows(tables_of(changed), "results")
        head = list(rows[0])
        assert head[head.index("gzip_bytes") + 1] == "brotli_bytes"
        assert {row["variant"]: row["brotli_bytes"] for row in rows}[PRUNED] == str(size)


def test_codecs_become_columns_and_the_smallest_is_shipped(inputs: Inputs) -> None:
    whole = synthetic.complete(inputs)
    table = results(whole)
    head = list(table.columns)
    assert head[head.index("gzip_bytes") + 1 :][:4] == ["brotli_bytes", "xz_bytes", "zopfli_bytes", "zstd_bytes"]
    for variant, entry in whole.encoded.items():
        assert table.loc[variant, "shipped_codec"] == entry["smallest"]
        sizes = [table.loc[variant, f"{name}_bytes"] for name in synthetic.CODECS]
        assert table.loc[variant, "shipped_bytes"] == min(sizes)


def test_an_entry_of_another_file_and_a_missing_one_are_missing(inputs: Inputs) -> None:
    whole = synthetic.complete(inputs)
    encoded = {**whole.encoded, PRUNED: {**whole.encoded[PRUNED], "sha256": "0" * 64}}
    del encoded[BASE]
    table = results(replace(whole, encoded=encoded))
    missing = table[["shipped_bytes", "shipped_codec", "xz_bytes"]].isna().all(axis=1)
    assert set(missing[missing].index) == {BASE, PRUNED}
    assert table["gzip_bytes"].notna().all()


def test_the_worst_class_is_that_of_the_class_rows(inputs: Inputs) -> None:
    tables = tables_of(inputs)
    for row in records(tables["results"]):
        own = tables["per_class"].query("variant == @row['variant']").set_index("class")
        assert row["worst_class_accuracy"] == own["accuracy"].min() == own.loc[row["worst_class"], "accuracy"]
        if row["variant"] == row["baseline"]:
            assert row["worst_drop_pp"] is None and row["worst_drop_class"] is None
        else:
            assert row["worst_drop_pp"] == own["delta_pp"].min() == own.loc[row["worst_drop_class"], "delta_pp"]


def test_a_class_without_images_is_not_the_worst_and_of_equals_it_is_the_first(inputs: Inputs) -> None:
    classes = [{"n": 0, "accuracy": None}, {"accuracy": 0.7}, *({"accuracy": 0.5} for _ in range(8))]
    bare = synthetic.without(synthetic.evaluated(inputs, PRUNED, per_class=classes), PRUNED, field="predictions")
    row = results(bare).loc[PRUNED]
    assert (row["worst_class"], row["worst_class_accuracy"]) == (synthetic.CIFAR10[2], 0.5)


@pytest.mark.parametrize(("failed", "said"), [([], "eligible"), (["stem", "padding"], "stem; padding"), (None, "")])
def test_sparse_inference_is_eligible_or_has_its_reasons(failed: list[str] | None, said: str) -> None:
    inputs = synthetic.study(["mobilenet"], images=5)
    synthetic.facts(inputs.by_name[PRUNED])["sparse_inference"] = failed
    rows = csv_rows(tables_of(inputs), "results")
    assert {row["variant"]: row["sparse_inference"] for row in rows}[PRUNED] == said


def test_seeds_have_their_own_baselines() -> None:
    table = results(synthetic.study(["mobilenet"], seeds=[0, 1], images=10))
    assert set(table["baseline"]) == {BASE, BASE.replace("_s0_", "_s1_")}


def test_costs_name_every_architecture(said: dict[str, Point]) -> None:
    for topic in ("Quantization: int8", "Compression before quantization: magnitude 60\u00a0%"):
        assert [part.split(":")[0] for part in sorted(said[topic].parts)] == ["mobilenet", "mobilenet_v2"]
        assert all("points (95\u00a0% \u2212" in part for part in said[topic].parts)


def test_what_training_on_adds_is_said(inputs: Inputs) -> None:
    def point(**epochs: int) -> list[Point]:
        rows = [(method.rstrip("23"), count) for method, count in epochs.items()]
        makers = {
            "training": lambda _: pd.DataFrame(rows, columns=["method", "epochs"]),
            "results": lambda _: tables_of(inputs)["results"],
        }
        found = accuracy.findings(Tables(inputs, makers))
        return [one for one in found if one.topic == "Compressed networks are trained longer"]

    (found,) = point(dense=30, dense2=60, magnitude=8, magnitude2=8, sfp=4)
    assert found.text.startswith(
        "Behind the epochs of the dense networks (30 to 60) come more: magnitude 8, sfp 4. No dense network"
    )
    assert point(dense=30) == point(magnitude=8) == []


def test_many_treatments_are_told_in_short() -> None:
    said = told(synthetic.study(["mobilenet"], {"magnitude": [30, 60, 90]}, ["float32", "float16", "dynamic", "int8"]))
    assert [part.split(":")[0] for part in said["Quantization"].parts] == ["float16", "dynamic", "int8"]
    assert len(said["Compression before quantization"].parts) == 3


def test_of_many_near_chance_the_first_are_named() -> None:
    inputs = synthetic.study(["mobilenet"], {"magnitude": [30, 60, 90]}, ["float32", "float16", "dynamic", "int8"])
    for result in inputs.results:
        synthetic.document(result)["top1"] = 0.11
    assert told(inputs)["Near chance"].parts[12:] == ("and 4 more, see the table of all variants",)


def test_near_chance_is_named() -> None:
    inputs = synthetic.evaluated(synthetic.study(["mobilenet"]), "mobilenet_dense_s0_int8", top1=0.11)
    assert told(inputs)["Near chance"].parts == ("mobilenet \u00b7 dense \u00b7 int8: 11.00\u00a0%",)


def test_an_empty_study_says_so() -> None:
    inputs = synthetic.study(["mobilenet"], latency=[], history={})
    every = [result.name for result in inputs.results]
    nothing = synthetic.without(synthetic.without(inputs, *every), *every, field="predictions")
    assert list(told(nothing)) == ["Nothing yet"]
