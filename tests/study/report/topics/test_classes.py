"""Single classes: their tests, sentences and drawings."""

from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import synthetic_study as synthetic
from report_topics import page_of, tables_of, told
from scipy.stats import binomtest

from study.report.blocks import Point
from study.report.drawing.render import Draw, render
from study.report.fields import shown_value
from study.report.phrases import points
from study.report.tables import Tables, known
from study.report.topics import classes
from study.report.topics.classes.intervals import MANY_VARIANTS, variants_shown
from study.statistics import class_contrast
from study.statistics.class_contrast import contrasts
from study.statistics.corrections import benjamini_hochberg, holm
from study.tasks import metrics

ARCH, DENSE, BASE = "mobilenet", "mobilenet_dense_s0_float32", "mobilenet_retrained_s0_float32"
PRUNED, QUANTIZED = "mobilenet_magnitude60_s0_int8", "mobilenet_dense_s0_int8"
FIRST = (
    "variant class n correct accuracy baseline delta_pp base_only variant_only p_value p_adjusted "
    "ci_low_pp ci_high_pp significant"
)


def drawn(draws: Mapping[str, Draw], tables: Tables) -> dict[str, bytes]:
    return render(draws, {}, tables)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(synthetic.study(images=300))


@pytest.fixture(scope="module")
def said() -> dict[str, Point]:
    return told(synthetic.study(images=300))


def test_the_agreed_columns_come_first_and_rows_follow_the_plan(tables: Tables) -> None:
    table, results = tables["per_class"], tables.inputs.results
    assert list(table.columns)[: len(FIRST.split())] == FIRST.split()
    assert list(table["variant"]) == [result.name for result in results for _ in synthetic.CIFAR10]
    assert list(table["class"]) == synthetic.CIFAR10 * len(results)


def test_classes_are_tested_against_their_own_baseline(tables: Tables) -> None:
    cats = tables["per_class"].query("`class` == 'cat'").set_index("variant")
    row, base, lost = cats.loc[PRUNED], cats.loc[BASE], int(cats.loc[PRUNED, "base_only"])
    assert row["delta_pp"] == pytest.approx(100 * (row["accuracy"] - base["accuracy"]))
    assert row["p_value"] == binomtest(lost, lost + int(row["variant_only"])).pvalue
    assert row["baseline"] == BASE and cats.loc[QUANTIZED, "baseline"] == DENSE
    assert base[["baseline", "delta_pp", "p_value", "q_value", "significant"]].isna().all()


def test_every_file_that_is_not_tested_says_why() -> None:
    """Each of the four reasons, and the order in which they hold; what is counted is still counted."""
    inputs = synthetic.study([ARCH], {"magnitude": [30, 60], "sfp": [30]}, images=20)
    gone = ("retrained_structured",)  # so that soft filter pruning has no equal
    inputs = replace(inputs, results=tuple(one for one in inputs.results if one.variant.recipe.method not in gone))
    base = synthetic.answered(inputs.by_name[BASE])
    lost, same = synthetic.answers(-base.logits, base.labels), "mobilenet_magnitude30_s0_float32"
    other = synthetic.answered(inputs.by_name[same])
    given = {"mobilenet_magnitude30_s0_int8": other, "mobilenet_magnitude60_s0_float32": lost, PRUNED: lost}
    table = tables_of(synthetic.changed(inputs, {name: {"predictions": one} for name, one in given.items()}))
    rows = table["per_class"]
    said = rows.assign(untested=rows["untested"].fillna("tested")).groupby("variant", sort=False)["untested"]
    assert said.unique().map(list).to_dict() == {
        DENSE: ["baseline"],
        QUANTIZED: ["tested"],
        BASE: ["baseline"],
        "mobilenet_retrained_s0_int8": ["tested"],
        same: ["tested"],
        "mobilenet_magnitude30_s0_int8": [f"same answers as {same}"],
        "mobilenet_magnitude60_s0_float32": ["collapsed"],
        PRUNED: ["same answers as mobilenet_magnitude60_s0_float32"],  # it collapsed with it
        "mobilenet_sfp30_s0_float32": ["no equally trained baseline"],
        "mobilenet_sfp30_s0_int8": ["no equally trained baseline"],
    }
    tests = "p_value p_adjusted q_value significant excess_pp excess_p_value excess_p_adjusted excess_significant"
    assert (rows["p_value"].notna() == rows["untested"].isna()).all()
    assert rows[rows["untested"].notna()][tests.split()].isna().all(axis=None)
    described = rows[rows["untested"].isin(["baseline", "no equally trained baseline"])]
    assert described["delta_pp"].isna().all() and described["accuracy"].notna().all()
    counted = rows[rows["variant"].isin(given)]
    assert counted[["delta_pp", "base_only", "variant_only", "ci_low_pp"]].notna().all(axis=None)


def test_what_is_not_tested_is_in_no_family(tables: Tables) -> None:
    """Holm's factor is the number of tests that were made, not that of rows."""
    inputs = tables.inputs
    base = synthetic.answered(inputs.by_name[BASE])
    lost = synthetic.answers(-base.logits, base.labels)
    rows = tables_of(synthetic.changed(inputs, {PRUNED: {"predictions": lost}}))["per_class"]
    tested = known(rows, "p_value")
    assert len(tested) == 70 and PRUNED not in set(tested["variant"])
    assert list(tested["p_adjusted"]) == holm(list(tested["p_value"]))
    assert list(tested["excess_p_adjusted"]) == holm(list(tested["excess_p_value"]))
    smallest = tested["p_value"].idxmin()
    assert rows.loc[smallest, "p_adjusted"] == pytest.approx(min(70 * rows.loc[smallest, "p_value"], 1.0))


def test_the_table_of_a_network_shows_the_accuracy_of_what_is_not_tested() -> None:
    inputs = synthetic.study([ARCH], images=20)
    base = synthetic.answered(inputs.by_name[BASE])
    given = {"mobilenet_retrained_s0_int8": base, PRUNED: synthetic.answers(-base.logits, base.labels)}
    found = tables_of(synthetic.changed(inputs, {name: {"predictions": one} for name, one in given.items()}))
    _, lines = page_of(found).tables[f"classes-{ARCH}"]
    assert [line[0][1] for line in lines] == [
        "dense \u00b7 float32, accuracy [%] (baseline)",
        "dense \u00b7 int8",
        "retrained \u00b7 float32, accuracy [%] (baseline)",
        "magnitude 60\u00a0% \u00b7 float32",
        "magnitude 60\u00a0% \u00b7 int8, accuracy [%] (collapsed)",
    ]  # the file that answers as another one has no row


def test_corrections_run_over_the_whole_report(tables: Tables) -> None:
    tested = known(tables["per_class"], "p_value")
    assert len(tested) == 80  # two networks, of each the quantized, and what is pruned
    assert list(tested["p_adjusted"]) == holm(list(tested["p_value"]))
    assert list(tested["q_value"]) == benjamini_hochberg(list(tested["p_value"]))
    assert list(tested["significant"]) == list(tested["p_adjusted"] < 0.05)
    assert 0 < tested["significant"].sum() < 80


def test_each_class_is_set_against_the_average_class_of_its_variant(tables: Tables) -> None:
    own = tables["per_class"].query("variant == @PRUNED")
    n, losses, gains = (own[key].to_numpy() for key in ("n", "base_only", "variant_only"))
    expected = contrasts(n, losses, gains, 80)
    assert list(own["excess_pp"]) == pytest.approx(list(own["delta_pp"] - own["delta_pp"].mean()))
    assert list(own["excess_low_pp"]) == [one.low_pp for one in expected]
    assert list(own["excess_p_value"]) == [one.p_value for one in expected]
    tested = known(tables["per_class"], "excess_p_value")
    assert list(tested["excess_p_adjusted"]) == holm(list(tested["excess_p_value"]))
    harder = tested[tested["excess_significant"].eq(True) & (tested["excess_pp"] < 0)]
    assert set(harder["class"]) == {"cat"}  # the one that was planted


def test_the_family_of_a_class_is_that_of_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_contrast, "FINENESS", 1000)  # so that the size of the family is seen
    table = known(tables_of(synthetic.study([ARCH], images=20))["per_class"], "p_value")
    own = table[table["variant"] == PRUNED]
    n, losses, gains = (own[key].to_numpy() for key in ("n", "base_only", "variant_only"))
    assert len(table) == 40
    assert list(own["excess_p_value"]) == [one.p_value for one in contrasts(n, losses, gains, 40)]


def test_without_predictions_of_its_baseline_a_variant_has_no_change() -> None:
    inputs = synthetic.without(synthetic.study([ARCH], images=20), BASE, field="predictions")
    own = tables_of(inputs)["per_class"].query("variant == @PRUNED")
    assert own["delta_pp"].isna().all() and own["significant"].isna().all() and own["accuracy"].notna().all()


def test_a_class_without_test_images_is_not_tested() -> None:
    inputs = synthetic.study([ARCH], images=20)
    labels = synthetic.answered(inputs.results[0]).labels
    for result in inputs.results:
        labels = np.where(labels == 9, 8, labels)
        answered = synthetic.answers(synthetic.answered(result).logits, labels)
        inputs = synthetic.changed(inputs, {result.name: {"predictions": answered}})
    own = tables_of(inputs)["per_class"].query("variant == @PRUNED").set_index("class")
    assert pd.isna(own.loc["truck", "p_value"]) and own.drop(index="truck")["excess_pp"].notna().all()


def test_the_planted_class_pays_most_and_is_certain(said: dict[str, Point]) -> None:
    assert all(part.startswith("\u201ccat\u201d in") for part in said["Files: the largest losses"].parts[:2])
    assert "adjusted p\u00a0<\u00a00.001" in said["Files: the largest losses"].parts[0]
    assert "\u201ccat\u201d changes most for the worse" in said["Files: classes on average"].text


def test_findings_are_counted_in_the_rows(tables: Tables, said: dict[str, Point]) -> None:
    table = tables["per_class"]
    beyond = table[table["excess_significant"].eq(True)]
    harder = said["Files: beyond the average class"]
    worse = f"for the worse from the average class of its file in {(beyond['excess_pp'] < 0).sum()} of 80 cases"
    assert worse in harder.text
    assert len(beyond) > 0 and all("\u201ccat\u201d" in part for part in harder.parts)
    likely = table[(table["q_value"] < 0.05) & (table["delta_pp"] < 0)]
    assert f"(Benjamini-Hochberg): {len(likely)} losses and" in said["Files: what is certain"].text
    files = [one for topic, one in said.items() if topic.startswith("Files: ")]
    assert len(files) >= 4 and all(one.text.startswith("In these files, ") for one in files)


def test_a_class_that_is_spared_is_counted_apart(tables: Tables) -> None:
    table = tables["per_class"].copy()
    before = table["excess_significant"].eq(True)
    worse, better = (int((before & (sign * table["excess_pp"] > 0)).sum()) for sign in (-1, 1))
    spared = table.index[~before & table["p_value"].notna()][0]
    table.loc[spared, ["excess_pp", "excess_p_adjusted"]] = [5.0, 0.001]
    makers = {"results": lambda _: tables["results"], "per_class": lambda _: table}
    point = {one.topic: one for one in classes.findings(Tables(tables.inputs, makers))}[
        "Files: beyond the average class"
    ]
    assert f"in {worse} of 80 cases, for the better in {better + 1} (" in point.text


def test_the_worst_class_of_a_good_variant_is_named() -> None:
    own, inputs = "mobilenet_dense_s0_int8", synthetic.study([ARCH], images=300)
    base = synthetic.answered(inputs.by_name[BASE])
    logits, cats = base.logits.copy(), base.labels == 3
    logits[cats] = logits[cats][:, ::-1]
    counts = metrics.per_class(logits, base.labels)
    entries = [
        {"class": name, "n": int(n), "correct": int(right), "accuracy": float(share)}
        for name, n, right, share in zip(inputs.classes, counts.n, counts.correct, counts.accuracy, strict=True)
    ]
    inputs = synthetic.evaluated(inputs, own, per_class=entries)
    inputs = synthetic.changed(inputs, {own: {"predictions": synthetic.answers(logits, base.labels)}})
    tables = tables_of(inputs)
    row = tables["results"].set_index("variant").loc[own]
    assert row["worst_drop_class"] == row["worst_class"] == "cat"
    assert "Files: worst class" not in told(inputs)  # too much is lost over all classes to be within a point
    near = tables["results"].assign(
        delta_pp=tables["results"]["delta_pp"].where(tables["results"]["variant"] != own, -0.9)
    )
    found = classes.findings(Tables(inputs, {"results": lambda _: near, "per_class": lambda _: tables["per_class"]}))
    assert f"\u201ccat\u201d {points(row['worst_drop_pp'])}, with a top-1 of \u22120.90" in found[0].text


def test_what_could_not_be_seen_is_computed() -> None:
    text = told(synthetic.study(images=1000))["What could not have been seen"].text
    assert "With 1000 test images a class" in text
    assert "a drop of 2.25 points or more" in text


def test_of_many_variants_those_with_the_clearest_losses_are_shown() -> None:
    schemes = ["float32", "int8", "dynamic"]
    table = tables_of(synthetic.study([ARCH], {"magnitude": [20, 40, 60, 80]}, schemes, images=5))["per_class"]
    clear = (table["variant"] == "mobilenet_magnitude80_s0_int8") & (table["class"] == "cat")
    table["p_adjusted"] = np.where(clear, 0.001, 1.0) * table["p_value"].notna().map({True: 1, False: np.nan})
    table["delta_pp"] = np.where(clear, -1.0, 0.0) * table["delta_pp"].notna().map({True: 1, False: np.nan})
    shown, total = variants_shown(table, ARCH)
    names = list(shown["variant"].unique())
    assert len(names) == MANY_VARIANTS < total == known(table, "p_value")["variant"].nunique()
    assert "mobilenet_magnitude80_s0_int8" in names
    assert names == [name for name in table["variant"].unique() if name in names]


def test_intervals_have_a_panel_a_variant_and_the_classes_that_change_most(tables: Tables) -> None:
    draws = classes.TOPIC.figures(tables)
    assert list(draws) == ["class_intervals_mobilenet", "class_intervals_mobilenet_v2"]
    text = "".join(
        ElementTree.fromstring(drawn({"one": draws["class_intervals_mobilenet"]}, tables)["one.svg"]).itertext()
    )
    assert "magnitude 60\u00a0% \u00b7 int8" in text and text.count("cat") == 2  # one axis a line of panels
    named = [f"class{index}" for index in range(40)]
    many = tables_of(synthetic.study([ARCH], classes=named, images=5))
    svg = drawn({"one": classes.TOPIC.figures(many)["class_intervals_mobilenet"]}, many)["one.svg"].decode()
    size = known(many["per_class"], "p_value").groupby("class", sort=False)["delta_pp"].agg(lambda own: own.abs().max())
    largest = set(size.nlargest(24).index)
    assert {name for name in named if f">{name}<" in svg} == largest


def test_the_heat_map_is_one_or_one_an_architecture(tables: Tables) -> None:
    (name,), (chart,) = zip(*classes.TOPIC.charts(tables).items(), strict=True)
    rows = chart.tables["classes"]
    assert name == "class_change" and len(rows) == 80
    tested = known(tables["per_class"], "delta_pp")
    assert [row["change"] for row in rows] == list(tested["delta_pp"])
    assert [row["significant"] for row in rows] == list(tested["significant"])
    assert [row["t5"] for row in rows] == [shown_value("p_adjusted", value) for value in tested["p_adjusted"]]
    schemes = ["float32", "float16", "dynamic", "int8", "int8_full"]
    many = tables_of(synthetic.study(list(synthetic.SIZES), {"magnitude": [30, 60, 90]}, schemes, images=5))
    charts = classes.TOPIC.charts(many)
    assert list(charts) == [f"class_change_{arch}" for arch in synthetic.SIZES]
    assert {row["line"].count("mobilenet") for row in charts["class_change_mobilenet"].tables["classes-0"]} == {0}


def test_nothing_tested_is_no_drawing_and_no_section() -> None:
    inputs = synthetic.study([ARCH], images=5)
    nothing = tables_of(synthetic.without(inputs, *(one.name for one in inputs.results), field="predictions"))
    assert classes.TOPIC.charts(nothing) == {} and classes.TOPIC.section(nothing, ()) is None
    assert drawn(classes.TOPIC.figures(nothing), nothing) == {}
