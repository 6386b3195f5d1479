"""compare.csv and compare.md against the rows, and hostile names in both."""

import csv
import io

import pytest
from compared import NAME, by_counts, compared
from synthetic_study import HOSTILE

from study.comparing.comparison import comparison
from study.comparing.document import COLUMNS, document, files
from study.comparing.findings import summary
from study.report.blocks import Table
from study.report.markdown import text

A = {"cat": (1000, 800), "dog": (1000, 500)}
B = {"cat": (1000, 700), "dog": (1000, 500)}
NAMES = [*HOSTILE, "=1+1"]


def test_the_csv_holds_every_row_in_fixed_formats() -> None:
    found = comparison(by_counts({NAME: A}, file_bytes=2_000_000), by_counts({NAME: B}, file_bytes=1_900_000))
    rows = list(csv.DictReader(io.StringIO(files(found)["compare.csv"].decode())))
    assert list(rows[0]) == COLUMNS and len(rows) == len(found.rows) == 3
    for written, row in zip(rows, found.rows, strict=True):
        assert (written["class"], written["correct_a"], written["n_b"]) == (
            row["class"] or "",
            str(row["correct_a"]),
            str(row["n_b"]),
        )
        for key in ("accuracy_a", "delta_pp", "ci_low_pp", "ci_high_pp", "p_value", "p_adjusted"):
            assert float(written[key]) == pytest.approx(row[key], abs=5.1e-5, rel=1e-5)
        assert written["significant"] == str(row["significant"]).lower()
    assert (rows[0]["file_bytes_a"], rows[0]["file_bytes_b"], rows[0]["gzip_bytes_a"]) == ("2000000", "1900000", "")
    assert (rows[1]["accuracy_a"], rows[1]["delta_pp"], rows[1]["same_file"]) == ("0.800000", "-10.0000", "false")


def test_the_document_starts_with_the_answer() -> None:
    found = compared(A, B)
    lines = files(found)["compare.md"].decode().split("\n\n")
    assert lines[:2] == ["# B against A", f"**{text(summary(found))}**"]
    body = "\n\n".join(lines)
    assert f"| {NAME} | 65.00 | 60.00 | **\u22125.00 (" in body and "\u221210.00 (cat)" in body
    assert f"| {NAME} | **\u221210.00 \\*** | 0.00 |" in body  # the matrix
    assert [line[3:] for line in body.splitlines() if line.startswith("## ")] == [
        "Findings",
        "Variants",
        "Classes",
        "Method",
    ]


def test_losses_and_gains_are_marked() -> None:
    for one, other, mark in ((A, B, "loss"), (B, A, "gain")):
        cells = [
            cell
            for section in document(compared(one, other)).sections
            for block in section.blocks
            if isinstance(block, Table)
            for row in block.rows
            for cell in row
            if "*" in cell.text
        ]
        assert len(cells) == 3 and {cell.mark for cell in cells} == {mark}


def test_the_same_comparison_gives_the_same_bytes() -> None:
    assert files(compared(A, B)) == files(compared(A, B))


def test_many_classes_have_no_column_each() -> None:
    many = {f"c{k}": (100, 50) for k in range(21)}
    body = files(compared(many, many | {"c3": (100, 40)}))["compare.md"].decode()
    assert "Change of each class" not in body and "all 21 would" not in body


def test_a_class_without_images_is_missing() -> None:
    found = files(compared(A | {"eel": (0, 0)}, B | {"eel": (9, 1)}))
    assert "| missing |" in found["compare.md"].decode()
    (row,) = [row for row in csv.DictReader(io.StringIO(found["compare.csv"].decode())) if row["class"] == "eel"]
    assert (row["accuracy_a"], row["p_value"], row["significant"]) == ("", "", "")


def test_hostile_names_stay_text() -> None:
    found = files(compared(dict.fromkeys(NAMES, (100, 90)), dict.fromkeys(NAMES, (100, 10))))
    rows = csv.DictReader(io.StringIO(found["compare.csv"].decode(), newline=""))
    assert [row["class"] for row in rows][1:] == NAMES
    body = found["compare.md"].decode()
    assert "<script" not in body and "<image" not in body and "line\nbreak" not in body
    tables = [line for line in body.splitlines() if line.startswith(f"| {NAME}")]
    assert {line.replace("\\|", "").count("|") for line in tables} == {12, 1 + 1 + len(NAMES), 7}
