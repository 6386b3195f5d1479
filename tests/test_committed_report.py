"""The committed report: every number of its tables stands in a row of its CSV files, and its models are those named."""

import csv
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest
import yaml
from claim_sentences import class_sentences, level_of, unfounded
from report_page import Page
from traced_tables import untraced

from pipelines.workspace import preset
from study.codecs import FORMATS
from study.plan.grid import cells
from study.plan.variant import Variant
from study.report.reading import table_of
from study.specs.grid import GridSpec
from study.specs.parse import parse

REPORTS = Path(__file__).parents[1] / "reports"
TABLES = ("per_class", "seeds", "results")
LEVELS = REPORTS / "levels.csv"


@pytest.fixture(scope="module")
def text() -> str:
    return (REPORTS / "index.html").read_text()


def test_its_tables_show_what_its_csv_files_hold(text: str) -> None:
    page = Page(text)
    assert {"results", "per-class", "training", "shipping"} <= set(page.tables)
    assert list(untraced(page, REPORTS)) == []


def test_report_md_has_the_same_tables(text: str) -> None:
    rows = {texts(line) for line in (REPORTS / "report.md").read_text().splitlines() if line.startswith("| ")}
    shown = [
        tuple(" ".join(said.split()) for _, said in row) for _, lines in Page(text).tables.values() for row in lines
    ]
    assert len(shown) > 1000 and [row for row in shown if row not in rows] == []


def texts(line: str) -> tuple[str, ...]:
    """The text of a table row's cells, without marks."""
    return tuple(
        " ".join(unescape(re.sub(r"\\(.)", r"\1", cell.replace("**", ""))).split())
        for cell in re.split(r"(?<!\\)\|", line)[1:-1]
    )


def test_its_parts_ran_cells_of_the_preset_with_its_budgets() -> None:
    wanted = yaml.safe_load(preset("reference").read_text())
    planned = set(cells_of(wanted.pop("grid")))
    for path in REPORTS.glob("parts/*/params.yaml"):
        ran = yaml.safe_load(path.read_text())
        assert set(cells_of(ran.pop("grid"))) <= planned, path
        assert ran == wanted, path


def cells_of(grid: dict[str, object]) -> list[Variant]:
    """The variants of a grid."""
    return cells(parse(GridSpec, grid, "grid"))


@pytest.mark.parametrize("folder", ["", "structured", "dynamic"])
def test_every_sentence_on_a_class_has_its_level_and_its_figures(folder: str) -> None:
    tables = {name: table_of((REPORTS / folder / f"{name}.csv").read_text()) for name in TABLES}
    own = REPORTS / folder / LEVELS.name
    tables["levels"] = table_of((own if own.exists() else LEVELS).read_text())  # older ones had no families
    classes = list(tables["per_class"]["class"].unique())
    found = class_sentences((REPORTS / folder / "report.md").read_text(), classes)
    assert [one.text for one in found if level_of(one) is None] == []
    assert [bad for one in found if (bad := unfounded(one, tables))] == []


def test_the_front_names_no_class_without_its_level() -> None:
    text = re.sub(r"\n(?:> )?(?=\w)", " ", (REPORTS.parent / "README.md").read_text())  # one line a paragraph
    classes = list(table_of((REPORTS / "per_class.csv").read_text())["class"].unique())
    assert [one.text for one in class_sentences(text, classes) if level_of(one) is None] == []


@pytest.mark.parametrize("folder", ["", "structured", "dynamic"])
def test_every_prediction_has_its_error_or_is_not_validated(folder: str) -> None:
    rows = table_of((REPORTS / folder / "latency.csv").read_text())
    predicted = rows[(rows["kind"] == "predicted") & rows["median_us"].notna()]
    lines = (REPORTS / folder / "report.md").read_text().splitlines()
    for row in predicted.to_dict("records"):
        error, where = row["left_out_percent"], f"{row['runtime']} | {row['delegate']} | {row['threads']}"
        said = "not validated" if error != error else f"{error:.0f}"
        shown = f"| {row['variant']} | {where} | {row['median_us']:,.1f} | {said} |"
        assert any(line.startswith(shown) for line in lines), shown
    (speed,) = (line for line in lines if line.startswith("- **Speed.**"))
    assert "ratios of predictions are not validated" in speed


def test_its_models_decode_to_the_files_of_the_index() -> None:
    with (REPORTS / "models/index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {path.name for path in (REPORTS / "models").iterdir()} == {"index.csv", *(row["file"] for row in rows)}
    assert {row["smallest"] for row in rows} == {"transfer", "flash"}
    for row in rows:
        content, codec = (REPORTS / "models" / row["file"]).read_bytes(), row["codec"]
        model = content if codec == "none" else FORMATS[codec].decode(content)
        assert (hashlib.sha256(model).hexdigest(), len(model)) == (row["model_sha256"], int(row["file_bytes"]))
        assert row["file"].endswith(".tflite" if codec == "none" else f".tflite.{FORMATS[codec].suffix}")
        flash = row["smallest"] == "flash"
        assert (codec, len(content)) == (
            ("none", int(row["file_bytes"])) if flash else (row["shipped_codec"], int(row["shipped_bytes"]))
        )
        assert len(content) < 5_000_000


@pytest.mark.parametrize("column", ["top1", "median_us", "p_value", "seconds", "sqnr_db"])
def test_a_figure_that_was_touched_is_found(text: str, column: str) -> None:
    page = Page(text)
    table, place = next(
        (name, keys.index(column))
        for name, (keys, _) in page.tables.items()
        if column in keys and not name.startswith("reference-")
    )
    row = next(row for row in page.tables[table][1] if row[place][0])
    row[place] = (f"{float(row[place][0]) + 0.123:.6f}", row[place][1])
    assert any(line.startswith(f"{table}, ") and f", {column}: " in line for line in untraced(page, REPORTS))
