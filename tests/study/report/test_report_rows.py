"""The rows of the CSV files: what they say, what they refuse, how they show what is missing."""

import copy
import csv
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic_study as synthetic
from scipy.stats import binomtest

from study.errors import StudyError
from study.report.facts import Facts, csv_files, gather
from study.report.inputs import Inputs
from study.report.worst import worst
from study.tasks.metrics import predictions

RESULTS = (
    "variant arch method amount quantization seed dataset parameters sparsity_target sparsity_effective "
    "top1 top3 ece file_bytes gzip_bytes arena_bytes macs agreement_with_float flips"
)
PER_CLASS = (
    "variant class n correct accuracy baseline delta_pp base_only variant_only p_value p_adjusted "
    "ci_low_pp ci_high_pp significant"
)
LATENCY = (
    "variant device kind runtime delegate threads n rounds median_us p90_us ci_low_us ci_high_us "
    "private_bytes peak_rss_bytes status"
)
BASE, PRUNED = "mobilenet_dense_s0_float32", "mobilenet_magnitude60_s0_int8"


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return synthetic.study()


@pytest.fixture(scope="module")
def facts(inputs: Inputs) -> Facts:
    return gather(inputs)


def without(inputs: Inputs, field: str, key: str) -> Inputs:
    changes: dict[str, Any] = {field: {k: v for k, v in getattr(inputs, field).items() if k != key}}
    return replace(inputs, **changes)


@pytest.mark.parametrize(("name", "columns"), [("results", RESULTS), ("per_class", PER_CLASS), ("latency", LATENCY)])
def test_the_agreed_columns_come_first(facts: Facts, name: str, columns: str) -> None:
    head = csv_files(facts)[f"{name}.csv"].splitlines()[0].split(",")
    assert head[: len(columns.split())] == columns.split()
    assert len(set(head)) == len(head)


def test_rows_follow_the_plan(inputs: Inputs, facts: Facts) -> None:
    assert [row["variant"] for row in facts.results] == list(inputs.exported)
    assert len(facts.per_class) == 10 * len(inputs.exported)
    assert len(facts.latency) == 4 * len(inputs.exported)


def test_results_carry_the_evaluation_and_compare_with_float(inputs: Inputs, facts: Facts) -> None:
    rows = {row["variant"]: row for row in facts.results}
    assert rows[PRUNED]["top1"] == inputs.accuracy[PRUNED]["top1"]
    assert rows[PRUNED]["baseline"] == BASE
    assert rows[PRUNED]["delta_pp"] == pytest.approx(100 * (rows[PRUNED]["top1"] - rows[BASE]["top1"]))
    named = {v: predictions(inputs.predictions[v]["logits"]) for v in (BASE, PRUNED)}
    assert rows[PRUNED]["flips"] == (named[BASE] != named[PRUNED]).sum() > 0
    assert rows[PRUNED]["agreement_with_float"] == pytest.approx(1 - rows[PRUNED]["flips"] / 600)
    assert (rows[BASE]["agreement_with_float"], rows[BASE]["flips"]) == (1.0, 0)
    assert rows[BASE].get("delta_pp") is None


def test_classes_are_tested_against_their_own_baseline(facts: Facts) -> None:
    row = next(r for r in facts.per_class if r["variant"] == PRUNED and r["class"] == "cat")
    base = next(r for r in facts.per_class if r["variant"] == BASE and r["class"] == "cat")
    assert row["delta_pp"] == pytest.approx(100 * (row["accuracy"] - base["accuracy"]))
    assert row["p_value"] == binomtest(row["base_only"], row["base_only"] + row["variant_only"]).pvalue
    assert row["correct"] - base["correct"] == row["variant_only"] - row["base_only"]
    assert base["baseline"] is None and base.get("p_value") is None


def test_holm_runs_over_the_whole_report(facts: Facts) -> None:
    tested = [row for row in facts.per_class if row.get("p_value") is not None]
    assert len(tested) == 60
    smallest = min(tested, key=lambda row: float(row["p_value"]))
    assert smallest["p_adjusted"] == pytest.approx(min(1.0, 60 * smallest["p_value"]))
    assert all(row["significant"] == (row["p_adjusted"] < 0.05) for row in tested)


def test_a_variant_without_a_result_is_missing_not_zero(inputs: Inputs) -> None:
    facts = gather(without(without(inputs, "accuracy", PRUNED), "predictions", PRUNED))
    table = pd.read_csv(io.StringIO(csv_files(facts)["results.csv"])).set_index("variant")
    assert table.loc[PRUNED, ["top1", "file_bytes", "flips", "delta_pp"]].isna().all()
    assert table.loc[PRUNED, "sparsity_target"] == 0.6
    assert table.drop(index=PRUNED)["top1"].notna().all()


def test_a_narrower_network_was_asked_for_no_zeros(inputs: Inputs) -> None:
    cells = {**inputs.exported, PRUNED: {**inputs.exported[PRUNED], "method": "sfp", "section": "structured"}}
    table = pd.read_csv(io.StringIO(csv_files(gather(replace(inputs, exported=cells)))["results.csv"]))
    row = table.set_index("variant").loc[PRUNED]
    assert np.isnan(row["sparsity_target"]) and row["amount"] == 60 and row["method"] == "sfp"


def test_without_its_baseline_a_variant_has_no_change(inputs: Inputs) -> None:
    facts = gather(without(inputs, "predictions", BASE))
    rows = [row for row in facts.per_class if row["variant"] == PRUNED]
    assert all(row.get("delta_pp") is None and row["accuracy"] is not None for row in rows)


def test_further_codecs_become_columns(inputs: Inputs) -> None:
    accuracy = {name: {**document, "brotli_bytes": 7} for name, document in inputs.accuracy.items()}
    head = csv_files(gather(replace(inputs, accuracy=accuracy)))["results.csv"].splitlines()[0].split(",")
    assert head[head.index("gzip_bytes") + 1] == "brotli_bytes"


def test_codecs_become_columns_and_the_smallest_is_shipped(inputs: Inputs) -> None:
    whole = synthetic.complete(inputs)
    files = csv_files(gather(whole))
    table = pd.read_csv(io.StringIO(files["results.csv"])).set_index("variant")
    head = list(table.columns)
    assert head[head.index("gzip_bytes") + 1 :][:4] == ["brotli_bytes", "xz_bytes", "zopfli_bytes", "zstd_bytes"]
    for variant, entry in whole.encoded.items():
        assert table.loc[variant, "shipped_codec"] == entry["smallest"]
        sizes = [table.loc[variant, f"{name}_bytes"] for name in synthetic.CODECS]
        assert table.loc[variant, "shipped_bytes"] == min(sizes)
    codecs = pd.read_csv(io.StringIO(files["codecs.csv"])).set_index(["variant", "codec"])
    assert len(codecs) == len(whole.encoded) * len(synthetic.CODECS)
    for (variant, name), row in codecs.iterrows():
        one = whole.encoded[variant]["codecs"][name]
        assert row["bytes"] == one["bytes"]
        assert row["decode_ms"] == pytest.approx(1000 * one["decode_seconds"])


def test_an_entry_of_another_file_and_a_missing_one_are_missing(inputs: Inputs) -> None:
    whole = synthetic.complete(inputs)
    encoded = {**whole.encoded, PRUNED: {**whole.encoded[PRUNED], "sha256": "0" * 64}}
    del encoded[BASE]
    table = pd.read_csv(io.StringIO(csv_files(gather(replace(whole, encoded=encoded)))["results.csv"]))
    missing = table.set_index("variant")[["shipped_bytes", "shipped_codec", "xz_bytes"]].isna().all(axis=1)
    assert set(missing[missing].index) == {BASE, PRUNED}
    assert table["gzip_bytes"].notna().all()


def test_the_worst_class_is_that_of_the_class_rows(facts: Facts) -> None:
    for row in facts.results:
        own = [each for each in facts.per_class if each["variant"] == row["variant"]]
        assert row["worst_class_accuracy"] == min(each["accuracy"] for each in own)
        worst = next(each for each in own if each["class"] == row["worst_class"])
        assert worst["accuracy"] == row["worst_class_accuracy"]
        if row["variant"] == row["baseline"]:
            assert row.get("worst_drop_pp") is None
        else:
            assert row["worst_drop_pp"] == min(each["delta_pp"] for each in own)


def test_a_class_without_images_is_not_the_worst() -> None:
    rows = [
        {"class": "a", "accuracy": float("nan")},
        {"class": "b", "accuracy": None},
        {"class": "c", "accuracy": 0.5},
        {"class": "d", "accuracy": 0.5},
    ]
    assert worst(rows) == {"worst_class": "c", "worst_class_accuracy": 0.5}
    assert worst([]) == {}


@pytest.mark.parametrize(("failed", "said"), [([], "eligible"), (["stem", "padding"], "stem; padding"), (None, "")])
def test_sparse_inference_is_eligible_or_has_its_reasons(failed: list[str] | None, said: str) -> None:
    inputs = synthetic.study(["mobilenet"], images=5)
    inputs.accuracy[PRUNED]["facts"][0]["sparse_inference"] = failed
    rows = csv.DictReader(io.StringIO(csv_files(gather(inputs))["results.csv"]))
    assert {row["variant"]: row["sparse_inference"] for row in rows}[PRUNED] == said


def test_two_data_sets_are_refused(inputs: Inputs) -> None:
    accuracy = copy.deepcopy(dict(inputs.accuracy))
    accuracy[PRUNED]["facts"][0]["data_fingerprint"] = "cd" * 32
    with pytest.raises(StudyError, match=f"{PRUNED} was evaluated on another data set"):
        gather(replace(inputs, accuracy=accuracy))


def test_predictions_of_another_evaluation_are_refused(inputs: Inputs) -> None:
    predictions = {**inputs.predictions, PRUNED: inputs.predictions[BASE]}
    with pytest.raises(StudyError, match="do not belong together"):
        gather(replace(inputs, predictions=predictions))


def test_other_test_images_are_refused(inputs: Inputs) -> None:
    small = synthetic.study(images=30)
    mixed = replace(
        inputs,
        accuracy={**inputs.accuracy, PRUNED: small.accuracy[PRUNED]},
        predictions={**inputs.predictions, PRUNED: small.predictions[PRUNED]},
    )
    with pytest.raises(StudyError, match="different test images"):
        gather(mixed)


def test_an_empty_plan_is_refused(inputs: Inputs) -> None:
    with pytest.raises(StudyError, match="make plan"):
        gather(replace(inputs, exported={}))


def test_a_missing_a_failed_and_a_stale_latency_have_no_figure(inputs: Inputs) -> None:
    slots = list(inputs.latency)
    slots[0] = replace(slots[0], document=None)
    slots[1] = replace(slots[1], document={**(slots[1].document or {}), "status": "failed", "rounds": []})
    slots[2] = replace(slots[2], document={**(slots[2].document or {}), "model_sha256": "0" * 64})
    rows = gather(replace(inputs, latency=slots)).latency
    assert [row["status"] for row in rows[:3]] == ["missing", "failed", "stale"]
    assert all(row.get("median_us") is None and row.get("private_bytes") in (None, 9_200_000) for row in rows[:3])
    assert rows[3]["median_us"] > 0


def test_an_unknown_kind_of_latency_is_refused(inputs: Inputs) -> None:
    slot = replace(inputs.latency[0], document={**(inputs.latency[0].document or {}), "kind": "guessed"})
    with pytest.raises(StudyError, match="guessed"):
        gather(replace(inputs, latency=[slot]))


def test_seeds_have_their_own_baselines() -> None:
    facts = gather(synthetic.study(["mobilenet"], seeds=[0, 1], images=10))
    assert {row["baseline"] for row in facts.results} == {BASE, BASE.replace("_s0_", "_s1_")}
