"""The page: its numbers are the CSV's, it needs nothing from outside, and strangers' names stay text."""

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import synthetic_study as synthetic
from report_page import SCRIPTS, Page, agree
from synthetic_study import HOSTILE, Built

from study.report.blocks import Table
from study.report.build import charts_of, tables_of
from study.report.document import document as document_of
from study.report.html import html
from study.report.markdown import markdown
from study.report.page.page import page as page_of
from study.report.reference import NOT_ORIGINAL


@pytest.fixture(scope="module")
def built() -> Built:
    return synthetic.built()


@pytest.fixture(scope="module")
def hostile() -> Built:
    return synthetic.hostile()


@pytest.fixture(scope="module")
def page(built: Built) -> Page:
    return Page(built.text("index.html"))


def rows_of(built: Built, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(built.text(name))))


def test_the_main_table_shows_the_csv(page: Page, built: Built) -> None:
    assert agree(page, "results", rows_of(built, "results.csv")) == 16 * 12
    assert agree(page, "calibration", rows_of(built, "results.csv")) == 9 * 12


def test_latencies_show_the_csv(page: Page, built: Built) -> None:
    assert agree(page, "latency-host-measured", rows_of(built, "latency.csv")) == 11 * 48


def test_intervals_in_cells_are_the_csvs(page: Page, built: Built) -> None:
    rows = {row["variant"]: row for row in rows_of(built, "results.csv")}
    keys, shown = page.tables["results"]
    for cells in shown:
        row, (_, text) = rows[cells[0][0]], cells[keys.index("delta_pp")]
        numbers = [float(found.replace("\u2212", "-")) for found in re.findall(r"[+\u2212]?\d+\.\d+", text)]
        expected = [float(row[key]) for key in ("delta_pp", "ci_low_pp", "ci_high_pp") if row[key]]
        assert numbers == pytest.approx(expected, abs=0.006)


def test_class_tables_show_the_csv(page: Page, built: Built) -> None:
    rows = rows_of(built, "per_class.csv")
    for arch in ("mobilenet", "mobilenet_v2"):
        lines = page.tables[f"classes-{arch}"][1]
        own = [row for row in rows if row["arch"] == arch]
        values = [cell[0] for line in lines for cell in line[1:]]
        assert values == [row["delta_pp"] or row["accuracy"] for row in own]
        starred = [cell[1].endswith("*") for line in lines for cell in line[1:]]
        assert starred == [row["significant"] == "true" for row in own]


def test_class_tests_show_the_csv(page: Page, built: Built) -> None:
    rows = {(row["variant"], row["class"]): row for row in rows_of(built, "per_class.csv") if row["p_value"]}
    shown = page.tables["per-class"][1]
    assert len(shown) == len(rows) == 80
    ordered = [rows[cells[0][0], cells[1][0]] for cells in shown]
    assert agree(page, "per-class", ordered) == 10 * 80
    assert [float(row["p_adjusted"]) for row in ordered] == sorted(float(row["p_adjusted"]) for row in ordered)


def test_the_codecs_show_the_csv(page: Page, built: Built) -> None:
    decoding = {(row["variant"], row["codec"]): row["decode_ms"] for row in rows_of(built, "codecs.csv")}
    rows = rows_of(built, "results.csv")
    rows = [row | {"decode_ms": decoding[row["variant"], row["shipped_codec"]]} for row in rows]
    assert agree(page, "shipping", rows) == 9 * 12
    keys, lines = page.tables["shipping"]
    smallest = keys.index("shipped_bytes")
    assert [line[smallest][1].split("(")[1] for line in lines] == [f"{row['shipped_codec']})" for row in rows]


@pytest.mark.parametrize("gain", ["top1", "worst_class_accuracy"])
def test_no_variant_dominates_a_front(page: Page, built: Built, gain: str) -> None:
    rows = rows_of(built, "results.csv")
    keys, lines = page.tables[f"front-{gain}"]
    shown = {line[keys.index("variant")][0] for line in lines}
    for row in rows:
        cost, value = int(row["shipped_bytes"]), float(row[gain])
        better = [
            other
            for other in rows
            if int(other["shipped_bytes"]) <= cost
            and float(other[gain]) >= value
            and (int(other["shipped_bytes"]), float(other[gain])) != (cost, value)
        ]
        assert (row["variant"] in shown) == (not better)


def test_optional_sections_stand_only_where_there_is_something(page: Page, hostile: Built) -> None:
    mine, other = page.tables, Page(hostile.text("index.html")).tables
    for name in ("shipping", "refused", "sparse-inference", "layers-mobilenet_dense_s0"):
        assert name in mine and name not in other
    for heading in ("Not in this study", "Quantization, layer by layer"):
        assert heading in page.text and heading not in hostile.text("index.html")


def test_reasons_are_counted(page: Page) -> None:
    counted = [[cell[1] for cell in line] for line in page.tables["refused"][1]]
    assert counted == [["no zeros", "2"], ["too few zeros", "1"]]
    assert len(page.tables["refused-variants"][1]) == 3


def test_sparse_inference_names_the_rule_that_fails(page: Page) -> None:
    assert [[cell[1] for cell in line] for line in page.tables["sparse-inference"][1]] == [
        ["mobilenet", "float32", "magnitude 60\u00a0%", "padding of the first convolution"],
        ["mobilenet_v2", "float32", "magnitude 60\u00a0%", "eligible"],
    ]


def test_hostile_layers_and_reasons_stay_text() -> None:
    inputs = synthetic.complete(synthetic.study(["mobilenet"], images=5))
    document = dict(inputs.diagnosis["mobilenet_dense_s0"])
    document["layers"] = [{**layer, "name": HOSTILE[0], "op": HOSTILE[2]} for layer in document["layers"]]
    inputs = replace(inputs, diagnosis={"mobilenet_dense_s0": document}, excluded={"a": HOSTILE[0], "b": HOSTILE[1]})
    report = document_of(tables_of(inputs), [])
    page = Page(html(report, {}))
    assert [tag for tag, _ in page.tags].count("script") == SCRIPTS
    assert page.tables["refused"][1][0][0][1] == HOSTILE[0]
    assert page.tables["layers-mobilenet_dense_s0"][1][0][1][1] == HOSTILE[0]
    assert "<script" not in markdown(report)


def test_the_2021_figures_stand_beside_ours(page: Page, built: Built) -> None:
    rows = {row["variant"]: row for row in rows_of(built, "results.csv")}
    keys, lines = page.tables["reference-int8"]
    line = next(line for line in lines if line[0][0] == "mobilenet_v2")
    top1 = keys.index("top1")
    assert line[top1][0] == rows["mobilenet_v2_dense_s0_int8"]["top1"]
    assert line[top1 - 1][1] == "75.07"
    assert [cell[1] for cell in line[-2:]] == ["6.91", "2,843"]


def test_the_page_needs_nothing_from_outside(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        for key in ("src", "href", "srcset"):
            value = attributes.get(key)
            assert value is None or value.startswith(("data:image/png;base64,", "#"))
    assert page.open == []


def test_figures_come_in_light_and_dark(page: Page, built: Built) -> None:
    shown = [attributes for tag, attributes in page.tags if tag == "img" and "data-figure" in attributes]
    dark = [attributes for tag, attributes in page.tags if tag == "source"]
    tables = tables_of(built.inputs)
    drawn = {name.removeprefix("figures/").removesuffix(".svg") for name in built.files if name.endswith(".svg")}
    found = page_of(tables, charts_of(tables))
    elsewhere = {*found.charts, *found.covered}
    kept = {name for name in drawn if name.removesuffix("-dark") not in elsewhere}
    assert "training" in kept and "pareto_size" in elsewhere
    assert page.payload["figures"] == {f"{name}.svg": built.text(f"figures/{name}.svg") for name in kept}
    assert {attributes["data-figure"] for attributes in shown + dark} == set(page.payload["figures"])
    assert all(attributes["data-figure"].endswith("-dark.svg") for attributes in dark)
    assert len(shown) == len(dark) == len(kept) / 2
    assert all(image["alt"] for image in shown)


def test_the_kind_of_run_and_the_host_are_named(page: Page) -> None:
    assert "quick run: small subset and few epochs" in page.text
    assert "not one of a Raspberry Pi" in page.text
    assert "kind: measured" in page.text
    assert "4 of 48 measurements are unstable" in page.text  # pruned, int8, two threads


def test_a_copy_of_cifar10_is_named_right_at_the_tables() -> None:
    inputs = synthetic.study(["mobilenet"], images=10)
    inputs.card["is_original_cifar10"] = False  # type: ignore[index]
    inputs.card["caveats"].append("A JPEG copy.")
    report = document_of(tables_of(inputs), [])
    reference = next(section for section in report.sections if section.id == "reference")
    notes = [block.note for block in reference.blocks if isinstance(block, Table)]
    assert len(notes) == 2
    assert all(note.startswith(f"{NOT_ORIGINAL} A JPEG copy.") for note in notes)
    page = Page(html(report, {}))
    assert page.text.count("A JPEG copy.") >= 3


def test_other_classes_have_no_comparison_with_2021(hostile: Built) -> None:
    assert not any(name.startswith("reference") for name in Page(hostile.text("index.html")).tables)


def test_hostile_names_stay_text(hostile: Built) -> None:
    page = Page(hostile.text("index.html"))
    assert [tag for tag, _ in page.tags].count("script") == SCRIPTS
    assert "image" not in [tag for tag, _ in page.tags]
    assert "49" not in {cell[1] for line in page.tables["per-class"][1] for cell in line if "{{" in cell[0]}
    shown = {cells[1][1] for cells in page.tables["per-class"][1]}
    assert shown == {name.replace("\n", "\ufffd") for name in HOSTILE}


def test_hostile_names_stay_text_in_markdown(hostile: Built) -> None:
    page = hostile.text("report.md")
    assert "<script" not in page and "<image" not in page
    assert set(re.findall(r"<(/?\w+)", page)) == {"picture", "/picture", "source", "img"}
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert tables


def test_hostile_names_stay_text_in_figures(hostile: Built) -> None:
    svg = "{http://www.w3.org/2000/svg}"
    for name, content in hostile.files.items():
        if name.endswith(".svg"):
            elements = list(ElementTree.fromstring(content).iter())
            assert all(element.tag != f"{svg}script" for element in elements)
            targets = [value for element in elements for key, value in element.items() if key.endswith("href")]
            assert all(target.startswith(("#", "data:image/png;base64,")) for target in targets)
    said = "".join(ElementTree.fromstring(hostile.files["figures/class_change.svg"]).itertext())
    assert "$x^2$ {{7*7}}" in said and "<script>" in said and "\U0001f600 \u732b" in said


def test_markdown_has_the_same_findings_and_tables(built: Built, page: Page) -> None:
    text = built.text("report.md")
    assert len(re.findall(r"^\| ---:? \|", text, flags=re.M)) == len(page.tables)
    assert "Files: the largest losses" in text
    for name in built.files:
        if name.endswith(".svg"):
            assert name in text


def test_each_variant_has_as_many_cells_as_the_table_has_columns(built: Built) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", built.text("report.md"), flags=re.M)
    assert all(len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1 for block in blocks)
