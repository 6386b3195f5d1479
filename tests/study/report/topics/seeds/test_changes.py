"""seeds.csv, computed again by hand: whose unit is the seed, what is a pair, what is tested, what is left out."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic_study as synthetic
from report_topics import tables_of
from scipy.stats import ttest_rel

from study.report.inputs import Inputs
from study.report.tables import Tables, known
from study.report.topics.seeds.changes import COLUMNS, PLACE
from study.report.treatments import KEYS
from study.statistics import class_contrast
from study.statistics.moderated import moderated
from study.statistics.seeds import NO_VARIANCE, TESTED, TOO_FEW

ARCH, SEEDS = "mobilenet", range(5)
FLOAT, INT8 = "float32", "int8"
BASES = {("dense", INT8): "dense", ("retrained", INT8): "retrained", ("magnitude", FLOAT): "retrained"}
BASES |= {("magnitude", INT8): "retrained"}
"""Method and scheme of each treatment -> the method of the float32 networks that it is paired with."""


def name(method: str, scheme: str, seed: int) -> str:
    return f"{ARCH}_{method}{'60' if method == 'magnitude' else ''}_s{seed}_{scheme}"


@pytest.fixture(autouse=True, scope="module")
def _coarse() -> Iterator[None]:
    """The permutation tests of per_class.csv are no part of seeds.csv: few permutations will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_contrast, "FINENESS", 1)
        yield


def study(seeds: int = 5, images: int = 60, **changes: Any) -> Inputs:
    return synthetic.study([ARCH], seeds=range(seeds), images=images, latency=[], **changes)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return study()


@pytest.fixture(scope="module")
def tables(inputs: Inputs) -> Tables:
    return tables_of(inputs)


def answering(inputs: Inputs, answers: Mapping[str, synthetic.Answered]) -> Inputs:
    """The study in which files give other answers, evaluated as such."""
    for variant, given in answers.items():
        own = inputs.by_name[variant].variant
        document = synthetic.evaluation(own, given.logits, given.labels, inputs.classes, inputs.card["fingerprint"])
        inputs = synthetic.evaluated(inputs, variant, **document)
    return synthetic.changed(inputs, {variant: {"predictions": given} for variant, given in answers.items()})


def lost(inputs: Inputs, variant: str) -> synthetic.Answered:
    """Answers that are wrong nearly always."""
    own = synthetic.answered(inputs.by_name[variant])
    return synthetic.answers(-own.logits, own.labels)


def shares(inputs: Inputs, method: str, scheme: str, seeds: Any = SEEDS) -> Any:
    """Accuracy of each class [seeds, classes], in per cent, counted in the answers."""
    found = [synthetic.answered(inputs.by_name[name(method, scheme, seed)]) for seed in seeds]
    return np.array([[100 * one.correct[one.labels == k].mean() for k in range(len(inputs.classes))] for one in found])


def treated(table: pd.DataFrame, method: str, scheme: str) -> pd.DataFrame:
    return table[(table["method"] == method) & (table["quantization"] == scheme)]


def by_holm(p_values: list[float]) -> list[float]:
    """Step down: the smallest times their number, the next times one less, never below the one before, at most 1."""
    order, adjusted, reached = np.argsort(p_values, kind="stable"), [0.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        reached = max(reached, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = reached
    return adjusted


def test_a_row_a_treatment_and_class_and_one_for_all(tables: Tables) -> None:
    table = tables["seeds"]
    assert list(table.columns) == [*KEYS, *COLUMNS, *PLACE]
    groups = [(method, scheme) for method, scheme in zip(table["method"], table["quantization"], strict=True)]
    assert list(dict.fromkeys(groups)) == list(BASES)  # the order of the plan; baselines are no treatment
    for method, scheme in BASES:
        assert list(treated(table, method, scheme)["class"].fillna("")) == ["", *synthetic.CIFAR10]


def test_each_class_is_tested_against_the_equally_trained_network_of_its_seed(inputs: Inputs, tables: Tables) -> None:
    for (method, scheme), base in BASES.items():
        own = treated(tables["seeds"], method, scheme)
        single = own[own["class"].notna()]
        before, after = shares(inputs, base, FLOAT), shares(inputs, method, scheme)
        difference = after - before
        place = (after - after.mean(axis=1, keepdims=True)) - (before - before.mean(axis=1, keepdims=True))
        changes, places = moderated(difference), moderated(place)
        assert changes and places
        assert list(single["delta_pp"]) == pytest.approx(list(difference.mean(axis=0)))
        assert list(single["shifted_pp"]) == pytest.approx(list(place.mean(axis=0)))
        assert list(single["mean_accuracy"]) == pytest.approx(list(after.mean(axis=0) / 100))
        assert list(single["sd_pp"]) == pytest.approx(list(after.std(axis=0, ddof=1)))
        assert list(single["base_sd_pp"]) == pytest.approx(list(before.std(axis=0, ddof=1)))
        for found, low, high, p_value in (
            (changes, "ci_low_pp", "ci_high_pp", "p_value"),
            (places, "shifted_low_pp", "shifted_high_pp", "shifted_p_value"),
        ):
            assert list(single[low]) == pytest.approx([one.low for one in found])
            assert list(single[high]) == pytest.approx([one.high for one in found])
            assert list(single[p_value]) == pytest.approx([one.p_value for one in found])
        assert set(single["outcome"]) == {TESTED} and set(single["seeds"]) == {5}
        assert set(own["collapsed_seeds"]) == {0}


def test_all_classes_together_have_students_test_for_that_row_alone(inputs: Inputs, tables: Tables) -> None:
    for (method, scheme), base in BASES.items():
        own = treated(tables["seeds"], method, scheme)
        (row,) = own[own["class"].isna()].to_dict("records")
        before, after = (side.mean(axis=1) for side in (shares(inputs, base, FLOAT), shares(inputs, method, scheme)))
        test = ttest_rel(after, before)
        low, high = test.confidence_interval(0.95)
        assert row["delta_pp"] == pytest.approx((after - before).mean())
        assert (row["ci_low_pp"], row["ci_high_pp"]) == pytest.approx((low, high))
        assert row["p_value"] == pytest.approx(test.pvalue)
        assert row["mean_accuracy"] == pytest.approx(after.mean() / 100)
        assert pd.isna(row["p_adjusted"]) and pd.isna(row["significant"])  # in no family
        assert pd.isna(row["outcome"]) and pd.isna(row["shifted_pp"])


def test_one_correction_runs_over_both_tests_of_all_classes_and_treatments(tables: Tables) -> None:
    table = tables["seeds"]
    single = table[table["class"].notna()]
    p_values = [*single["p_value"], *single["shifted_p_value"]]
    assert len(p_values) == 2 * 10 * len(BASES)
    adjusted = [*single["p_adjusted"], *single["shifted_p_adjusted"]]
    assert adjusted == pytest.approx(by_holm(p_values))
    assert [*single["significant"], *single["shifted_significant"]] == [one < 0.05 for one in adjusted]
    cats = single[single["class"] == "cat"].set_index(["method", "quantization"])
    assert cats.loc[("magnitude", INT8), "significant"] and cats.loc[("magnitude", INT8), "shifted_significant"]


@pytest.mark.parametrize(("seeds", "outcome"), [(2, TOO_FEW), (4, TOO_FEW), (5, TESTED)])
def test_fewer_than_five_seeds_are_described_and_not_tested(seeds: int, outcome: str) -> None:
    table = tables_of(study(seeds, images=40))["seeds"]
    single = table[table["class"].notna()]
    assert set(single["outcome"]) == {outcome} and set(table["seeds"]) == {seeds}
    assert single["delta_pp"].notna().all()
    tests = "ci_low_pp p_value p_adjusted significant shifted_pp shifted_p_value shifted_p_adjusted".split()
    assert (single[tests].notna() == (outcome == TESTED)).all(axis=None)
    assert table[table["class"].isna()][["delta_pp", "sd_pp", "base_sd_pp"]].notna().all(axis=None)


def test_one_seed_is_no_row() -> None:
    assert tables_of(study(1, images=20))["seeds"].empty


def test_a_seed_that_collapsed_is_left_out_and_counted() -> None:
    whole = study(6, images=40)
    gone = name("magnitude", INT8, 2)
    table = tables_of(answering(whole, {gone: lost(whole, gone)}))["seeds"]
    own, seeds = treated(table, "magnitude", INT8), [0, 1, 3, 4, 5]
    assert set(own["seeds"]) == {5} and set(own["collapsed_seeds"]) == {1}
    single = own[own["class"].notna()]
    difference = shares(whole, "magnitude", INT8, seeds) - shares(whole, "retrained", FLOAT, seeds)
    found = moderated(difference)
    assert found and list(single["p_value"]) == pytest.approx([one.p_value for one in found])
    assert set(single["outcome"]) == {TESTED}
    others = table[(table["method"] != "magnitude") | (table["quantization"] != INT8)]
    assert set(others["seeds"]) == {6} and set(others["collapsed_seeds"]) == {0}


def test_four_seeds_that_hold_are_not_enough(inputs: Inputs) -> None:
    gone = name("magnitude", INT8, 2)
    table = tables_of(answering(inputs, {gone: lost(inputs, gone)}))["seeds"]
    own = treated(table, "magnitude", INT8)
    assert set(own["seeds"]) == {4} and set(own["collapsed_seeds"]) == {1}
    assert set(own["outcome"].dropna()) == {TOO_FEW} and own["p_adjusted"].isna().all()
    tested = known(table, "p_adjusted")
    assert list(known(table, "shifted_p_adjusted").index) == list(tested.index) and len(tested) == 30
    adjusted = [*tested["p_adjusted"], *tested["shifted_p_adjusted"]]
    assert adjusted == pytest.approx(by_holm([*tested["p_value"], *tested["shifted_p_value"]]))  # a smaller family


def test_without_a_seed_that_holds_there_is_no_row(inputs: Inputs) -> None:
    gone = [name("magnitude", INT8, seed) for seed in SEEDS]
    table = tables_of(answering(inputs, {one: lost(inputs, one) for one in gone}))["seeds"]
    assert treated(table, "magnitude", INT8).empty and len(table) == 11 * 3


def test_a_treatment_whose_files_all_answer_as_anothers_is_that_one(inputs: Inputs) -> None:
    """Integer ports change no answer: tested once. One file that answers otherwise makes it another treatment."""
    twin = study(schemes=[FLOAT, INT8, "int8_full"])
    alike = {
        name(method, "int8_full", seed): synthetic.answered(twin.by_name[name(method, INT8, seed)])
        for method in ("dense", "retrained", "magnitude")
        for seed in SEEDS
    }
    table = tables_of(answering(twin, alike))["seeds"]
    assert set(table["quantization"]) == {FLOAT, INT8} and len(table) == 11 * len(BASES)
    del alike[name("dense", "int8_full", 3)]
    table = tables_of(answering(twin, alike))["seeds"]
    own = treated(table, "dense", "int8_full")
    assert len(own) == 11 and set(own["seeds"]) == {5}
    assert set(table["quantization"][table["method"] == "magnitude"]) == {FLOAT, INT8}


def test_without_a_control_a_pruned_network_is_compared_with_nothing(inputs: Inputs) -> None:
    table = tables_of(synthetic.uncontrolled(inputs))["seeds"]
    assert set(zip(table["method"], table["quantization"], strict=True)) == {("dense", INT8)}


def test_a_change_that_is_the_same_in_every_seed_is_not_testable() -> None:
    """One network in every seed: neither changes nor places vary, so there is nothing to measure them by."""
    whole = study(images=20)
    answers = {
        one.name: synthetic.answered(whole.by_name[one.name.replace(f"_s{one.variant.seed}_", "_s0_")])
        for one in whole.results
    }
    table = tables_of(answering(whole, answers))["seeds"]
    single = table[table["class"].notna()]
    assert set(single["outcome"]) == {NO_VARIANCE} and single["delta_pp"].notna().all()
    assert single[["p_value", "shifted_pp", "significant"]].isna().all(axis=None)
    whole_rows = table[table["class"].isna()]
    assert whole_rows[["ci_low_pp", "p_value"]].isna().all(axis=None) and whole_rows["delta_pp"].notna().all()


def test_a_class_that_a_seed_does_not_know_leaves_that_seed_out() -> None:
    inputs = study(3, images=40)
    own = inputs.by_name[name("magnitude", INT8, 1)]
    assert own.evaluation
    entries = [
        entry | {"n": 0, "accuracy": None} if k == 4 else entry for k, entry in enumerate(own.evaluation.classes)
    ]
    changed = synthetic.evaluated(inputs, own.name, per_class=entries)
    table = tables_of(synthetic.without(changed, own.name, field="predictions"))["seeds"]
    counts = table.groupby("quantization")["seeds"].agg(set)
    assert counts.to_dict() == {FLOAT: {3}, INT8: {2, 3}}
    pruned = treated(table, "magnitude", INT8)
    assert set(pruned["seeds"]) == {2} and len(pruned) == 11 and pruned["delta_pp"].notna().all()


def test_a_baseline_that_is_missing_leaves_its_seed_out(inputs: Inputs) -> None:
    gone = name("retrained", FLOAT, 4)
    table = tables_of(synthetic.without(synthetic.without(inputs, gone), gone, field="predictions"))["seeds"]
    assert set(treated(table, "dense", INT8)["seeds"]) == {5}
    assert set(table[table["method"] != "dense"]["seeds"]) == {4}
    assert set(table[table["method"] != "dense"]["outcome"].dropna()) == {TOO_FEW}


def test_holm_by_hand() -> None:
    assert by_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert all(first <= second for first, second in pairwise(by_holm([0.01, 0.02, 0.9])))
