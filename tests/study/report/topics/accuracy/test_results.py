"""results.csv: what a variant is counted against, and how it shows what is missing."""

from dataclasses import replace

import pandas as pd
import pytest
import synthetic_study as synthetic
from report_topics import csv_rows, tables_of

from study.plan.variant import Level, Recipe
from study.report.inputs import Inputs
from study.report.tables import records
from study.statistics.paired import compare

DENSE, BASE = "mobilenet_dense_s0_float32", "mobilenet_retrained_s0_float32"
PRUNED, QUANTIZED = "mobilenet_magnitude60_s0_int8", "mobilenet_dense_s0_int8"
DENSE_CHANGE = ["dense_delta_pp", "dense_low_pp", "dense_high_pp"]
FIRST = (
    "variant arch method amount level quantization seed dataset parameters sparsity_target sparsity_effective "
    "top1 top3 ece file_bytes gzip_bytes arena_bytes macs agreement_with_float flips"
)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return synthetic.study()


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


def test_a_change_is_counted_from_the_network_with_as_much_training(inputs: Inputs) -> None:
    """Of a file, what its baseline is: the control of what was pruned, itself of what is a baseline, else dense."""
    expected = {
        DENSE: DENSE,
        QUANTIZED: DENSE,
        BASE: BASE,
        "mobilenet_retrained_s0_int8": BASE,
        "mobilenet_magnitude60_s0_float32": BASE,
        PRUNED: BASE,
    }
    table = results(inputs).loc[list(expected)]
    assert dict(table["baseline"]) == expected
    for name, base in expected.items():
        row, own, other = (table.loc[name], *(inputs.by_name[one].predictions for one in (name, base)))
        assert own and other
        if name == base:
            assert row[["delta_pp", "ci_low_pp", "ci_high_pp", "p_value"]].isna().all()
        else:
            assert row["delta_pp"] == pytest.approx(100 * (own.correct.mean() - other.correct.mean()))
            found = compare(other.correct, own.correct)
            assert (row["ci_low_pp"], row["ci_high_pp"], row["p_value"]) == (
                found.ci_low_pp,
                found.ci_high_pp,
                found.p_value,
            )


def test_only_what_was_trained_further_has_a_change_from_the_dense_network(inputs: Inputs) -> None:
    table = results(inputs)
    assert set(table["dense"]) == {DENSE, DENSE.replace("mobilenet", "mobilenet_v2")}
    further = table.index.str.contains("retrained|magnitude")
    assert table.loc[further, DENSE_CHANGE].notna().all(axis=None)
    assert table.loc[~further, DENSE_CHANGE].isna().all(axis=None)
    start = inputs.by_name[DENSE].predictions
    for name in (BASE, PRUNED):
        own, row = inputs.by_name[name].predictions, table.loc[name]
        assert own and start
        assert row["dense_delta_pp"] == pytest.approx(100 * (own.correct.mean() - start.correct.mean()))
        found = compare(start.correct, own.correct)
        assert (row["dense_low_pp"], row["dense_high_pp"]) == (found.ci_low_pp, found.ci_high_pp)


def test_a_method_that_does_not_train_is_counted_against_the_dense_network() -> None:
    table = results(synthetic.study(["mobilenet"], {"magnitude_bn": [60]}, images=10))
    assert set(table["baseline"]) == {DENSE} and table[DENSE_CHANGE].isna().all(axis=None)


def test_without_an_equally_trained_network_there_is_a_change_from_the_dense_one_alone(inputs: Inputs) -> None:
    table = results(synthetic.uncontrolled(inputs))
    pruned = table[table["method"] == "magnitude"]
    assert len(pruned) == 4
    counted = ["baseline", "delta_pp", "ci_low_pp", "ci_high_pp", "p_value", "agreement_with_float", "flips"]
    assert pruned[[*counted, "worst_drop_pp", "worst_drop_class"]].isna().all(axis=None)
    assert pruned[[*DENSE_CHANGE, "top1", "worst_class"]].notna().all(axis=None)
    assert (
        table.drop(index=pruned.index)
        .drop(index=[DENSE, DENSE.replace("mobilenet", "mobilenet_v2")])["delta_pp"]
        .notna()
        .all()
    )


def test_without_the_dense_network_a_variant_keeps_its_change(inputs: Inputs) -> None:
    table = results(synthetic.without(inputs, DENSE, field="predictions"))
    assert pd.isna(table.loc[PRUNED, "dense_delta_pp"]) and pd.notna(table.loc[PRUNED, "delta_pp"])
    gone = replace(inputs, results=tuple(one for one in inputs.results if one.name != DENSE))
    assert pd.isna(results(gone).loc[PRUNED, "dense"]) and pd.notna(results(gone).loc[PRUNED, "delta_pp"])


def test_files_that_answer_alike_or_collapsed_say_so(inputs: Inputs) -> None:
    whole = synthetic.study(["mobilenet"])
    base = synthetic.answered(whole.by_name[BASE])
    lost = synthetic.answers(-base.logits, base.labels)
    found = results(synthetic.changed(whole, {PRUNED: {"predictions": lost}, QUANTIZED: {"predictions": base}}))
    assert found["collapsed"].notna().to_dict() == {name: name == PRUNED for name in found.index}
    assert found["same_as"].dropna().to_dict() == {BASE: QUANTIZED}  # the first in the plan is the one that counts
    assert results(inputs)[["same_as", "collapsed"]].isna().all(axis=None)


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
    assert (table["baseline"].str.extract(r"_(s\d)_")[0] == "s" + table["seed"].astype(str)).all()
    assert set(table["baseline"]) == {name.replace("_s0_", f"_s{seed}_") for name in (DENSE, BASE) for seed in (0, 1)}
