"""What the page has beyond the report: numbers of the CSV files, the same bytes again, nothing that could run."""

import base64
import csv
import gzip
import hashlib
import io
import json
import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
import synthetic_study as synthetic
import vl_convert
from report_page import Page
from synthetic_study import HOSTILE, Built

from study.report.build import build, charts_of, tables_of
from study.report.document import document as document_of
from study.report.drawing.chart import Chart
from study.report.html import html
from study.report.page.comparison import comparison, packed
from study.report.page.page import page as page_of
from study.report.page.script import payload, scripts

PLOTTED = {"pareto_size", "class_change", "pareto_latency_measured"}
FILES = ["results.csv", "per_class.csv", "latency.csv", "codecs.csv", "robustness.csv", "interaction.csv"]
OTHERS = {"robustness", "refused-variants"}  # means of several lines; what the study has no figures of
MEGABYTES = 3


@pytest.fixture(scope="module")
def built() -> Built:
    return synthetic.built()


@pytest.fixture(scope="module")
def page(built: Built) -> Page:
    return Page(built.text("index.html"))


@pytest.fixture(scope="module")
def plots(built: Built) -> dict[str, Chart]:
    return charts_of(tables_of(built.inputs))


def rows_of(built: Built, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(built.text(name)))) if name in built.files else []


def test_every_row_of_a_variant_is_one_of_the_csv(page: Page, built: Built) -> None:
    """Of each table with a column `variant`: some file has a line that agrees in all the columns they share."""
    seen = 0
    sources = [(rows, set(rows[0])) for rows in (rows_of(built, name) for name in FILES) if rows]
    for name, (keys, lines) in page.tables.items():
        if "variant" not in keys or name in OTHERS:
            continue
        for line in lines:
            row = {key: value for key, (value, _) in zip(keys, line, strict=True) if key}
            rests = []
            for rows, known in sources:
                shared = row.keys() & known
                found = any(all(row[key] == own[key] for key in shared) for own in rows)
                rests.append(row.keys() - shared if found else set(row))
            covered = set(row) - set.intersection(*rests)
            assert set(row) - covered <= {"sha256"}, (name, row)
            seen += len(covered)
    assert seen > 500


def test_the_plots_hold_the_numbers_of_the_csv(built: Built, plots: dict[str, Chart]) -> None:
    results = {row["variant"]: row for row in rows_of(built, "results.csv")}
    shown = plots["pareto_size"].tables["size-top1"]
    assert {row["variant"] for row in shown} == set(results)
    for row in shown:
        assert f"{row['gain'] / 100:.6f}" == results[row["variant"]]["top1"]
        assert round(row["cost"] * 1e6) == int(results[row["variant"]]["shipped_bytes"])
    classes = [row for row in rows_of(built, "per_class.csv") if row["delta_pp"]]
    cells = plots["class_change"].tables["classes"]
    assert [f"{cell['change']:.4f}" for cell in cells] == [row["delta_pp"] for row in classes]
    assert [cell["significant"] for cell in cells] == [row["significant"] == "true" for row in classes]
    measured = [row for row in rows_of(built, "latency.csv") if row["median_us"]]
    points = plots["pareto_latency_measured"].tables["latency-measured-0"]
    assert sorted(f"{1e3 * row['cost']:.3f}" for row in points) == sorted(row["median_us"] for row in measured)


def test_numbers_on_the_fronts_are_those_of_the_tables(page: Page, plots: dict[str, Chart]) -> None:
    for gain in ("top1", "worst_class_accuracy"):
        rows = plots["pareto_size"].tables[f"size-{gain}"]
        front = {row["variant"]: row["front"] for row in rows if row["front"]}
        lines = page.tables[f"front-{gain}"][1]
        assert front == {line[1][0]: int(line[0][0]) for line in lines}
        for arch in ("mobilenet", "mobilenet_v2"):
            own = {row["variant"]: row["own"] for row in rows if row["own"] and row["group"] == arch}
            assert own == {line[1][0]: int(line[0][0]) for line in page.tables[f"front-{arch}-{gain}"][1]}


def test_kinds_and_devices_never_share_a_plot() -> None:
    inputs = synthetic.study(["mobilenet"], images=20)
    slots = [slot for slot in inputs.latency if slot.document]
    sorts = [("pi", "emulated"), ("pi", "predicted"), ("host", "measured")]
    changed = [
        replace(slot, device=device, document={**(slot.document or {}), "device": device, "kind": kind})
        for slot, (device, kind) in zip(slots, sorts, strict=False)
    ]
    kinds = [f"pareto_latency_{kind}" for _, kind in sorts]
    found = charts_of(tables_of(replace(inputs, latency=changed)))
    for name, chart in ((name, found[name]) for name in kinds):
        for panel in chart.panels:
            places = {(row["t5"], row["t6"].split(" ")[0]) for row in chart.tables[panel.rows]}
            assert len(places) == 1 and places.pop()[0] == name.removeprefix("pareto_latency_")
    assert [len(found[name].panels) for name in kinds] == [1, 1, 1]


@pytest.mark.parametrize("name", sorted(PLOTTED))
def test_specifications_are_compiled_without_a_warning(plots: dict[str, Chart], name: str) -> None:
    for panel in plots[name].panels:
        for spec in panel.specs.values():
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                compiled = vl_convert.vegalite_to_vega(json.dumps(spec), vl_version="6.4")
            assert compiled["marks"]
            assert not re.search(r'"(param|view|layer)_\d+"', json.dumps(spec))  # names that Altair counts up


def test_the_same_inputs_give_the_same_page(built: Built) -> None:
    tables = tables_of(built.inputs)
    drawn = {name.removeprefix("figures/").removesuffix(".svg") for name in built.files if name.endswith(".svg")}
    figures = {name.removeprefix("figures/"): content for name, content in built.files.items() if ".svg" in name}
    report = document_of(tables, drawn)
    assert html(report, figures, page_of(tables, charts_of(tables))) == built.text("index.html")


def test_the_comparison_holds_who_was_right(built: Built, page: Page) -> None:
    given = {result.name: synthetic.answered(result) for result in built.inputs.results}
    data = page.document["compare"]
    labels = np.frombuffer(base64.b64decode(data["labels"]), dtype=np.uint8)
    assert data["labelBytes"] == 1 and data["images"] == len(labels)
    assert [entry["variant"] for entry in data["variants"]] == list(given)
    for entry in data["variants"]:
        own = given[entry["variant"]]
        right = np.unpackbits(np.frombuffer(base64.b64decode(entry["right"]), dtype=np.uint8))[: len(labels)]
        assert (labels == own.labels).all() and (right == own.correct).all()
        rows = [row for row in rows_of(built, "per_class.csv") if row["variant"] == entry["variant"]]
        assert entry["tests"] == [[row["p_adjusted"], row["significant"] == "true"] for row in rows]
        assert rows[0]["baseline"] == "" or data["variants"][entry["base"]]["variant"] == rows[0]["baseline"]


def test_ten_thousand_images_take_less_than_two_kilobytes() -> None:
    assert len(base64.b64encode(packed(np.ones(10_000, dtype=bool)))) == 1668
    assert packed(np.array([True, False, False, False, False, False, False, True, True])) == b"\x81\x80"


def test_more_than_256_classes_take_two_bytes_each() -> None:
    inputs = synthetic.study(["mobilenet"], classes=[f"c{number}" for number in range(300)], images=2)
    data = comparison(tables_of(inputs))
    assert data is not None and data["labelBytes"] == 2
    labels = np.frombuffer(base64.b64decode(data["labels"]), dtype="<u2")
    assert labels.tolist() == np.repeat(np.arange(300), 2).tolist()


def test_one_variant_alone_is_compared_with_nothing() -> None:
    inputs = synthetic.study(["mobilenet"], recipes={}, schemes=["float32"], images=5)
    tables = tables_of(inputs)
    assert comparison(tables) is None
    text = html(document_of(tables, []), {}, page_of(tables, {}))
    assert 'id="comparison"' not in text and Page(text).document["compare"] is None


def test_only_scripts_of_known_hash_may_run(built: Built) -> None:
    text = built.text("index.html")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    allowed = set(re.findall(r"sha256-[\w+/=]+", policy[1]))
    carried = re.findall(r"<script>(.*?)</script>", text, flags=re.S)
    assert allowed == {f"sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}" for one in carried}
    assert len(carried) == len(scripts()) == 2
    sources = policy[1].replace("&#39;", "'")
    assert "default-src 'none'" in sources and "unsafe-eval" not in sources
    assert "'unsafe-inline'" not in sources.split("script-src")[1]


@pytest.mark.parametrize("name", [*HOSTILE, "</script><script>alert(1)</script>", "<!--<script>", "\u2028"])
def test_payload_cannot_end_its_element(name: str) -> None:
    text = payload({name: [name]}, {name: name.encode()})
    assert json.loads(gzip.decompress(base64.b64decode(text))) == {"page": {name: [name]}, "figures": {name: name}}
    assert not set(text) & set("<>&\u2028\u2029")
    assert text == payload({name: [name]}, {name: name.encode()})


def test_hostile_names_reach_the_plots_as_text() -> None:
    inputs = synthetic.study(["mobilenet"], classes=HOSTILE, images=20)
    chart = charts_of(tables_of(inputs))["class_change"]
    assert {row["t1"] for row in chart.tables["classes"]} == {name.replace("\n", "\ufffd") for name in HOSTILE}
    assert max(len(row["column"]) for row in chart.tables["classes"]) <= 16


def test_a_study_of_forty_five_variants_stays_small() -> None:
    archs, schemes = list(synthetic.SIZES), ("float32", "int8", "float16")
    inputs = synthetic.complete(synthetic.study(archs, {"magnitude": [60]}, schemes, images=200))
    assert len(inputs.results) == 45
    size = len(build(inputs)["index.html"])
    print(f"45 variants: {size / 1e6:.2f} MB")
    assert size < MEGABYTES * 1e6
