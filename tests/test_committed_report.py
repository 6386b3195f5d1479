"""The committed report: every number of its tables stands in a row of its CSV files, and its models are those named."""

import csv
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest
import yaml
from report_page import Page
from traced_tables import untraced

from pipelines.workspace import preset
from study.codecs import FORMATS

REPORTS = Path(__file__).parents[1] / "reports"


@pytest.fixture(scope="module")
def text() -> str:
    return (REPORTS / "index.html").read_text()


def test_its_tables_show_what_its_csv_files_hold(text: str) -> None:
    page = Page(text)
    assert {"results", "per-class", "training", "shipping"} <= set(page.tables)
    assert list(untraced(page, REPORTS)) == []


def test_report_md_has_the_same_tables(text: str) -> None:
    rows = {cells(line) for line in (REPORTS / "report.md").read_text().splitlines() if line.startswith("| ")}
    shown = [
        tuple(" ".join(said.split()) for _, said in row) for _, lines in Page(text).tables.values() for row in lines
    ]
    assert len(shown) > 1000 and [row for row in shown if row not in rows] == []


def cells(line: str) -> tuple[str, ...]:
    """The text of a table row's cells, without marks."""
    return tuple(
        " ".join(unescape(re.sub(r"\\(.)", r"\1", cell.replace("**", ""))).split())
        for cell in re.split(r"(?<!\\)\|", line)[1:-1]
    )


def test_its_parts_ran_with_the_preset() -> None:
    wanted = yaml.safe_load(preset("reference").read_text())
    for path in REPORTS.glob("parts/*/params.yaml"):
        assert yaml.safe_load(path.read_text()) == wanted, path


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
