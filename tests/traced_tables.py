"""Which cells of the report's tables stand in no row of its CSV files."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from report_page import Page

SAME = {"predicted_us": "median_us", "count": None}
"""Columns that the page names otherwise; None: how many variants the planner left out, which are in no table."""


def untraced(page: Page, folder: Path) -> Iterator[str]:
    """A line for each number that no row of its variant or model has in the column of the same name.

    A column without a name (classes, bins) is sought in all columns of the row's variant, one of treatments in those
    of all rows.
    """
    known = _values(folder)
    for table, (keys, rows) in page.tables.items():
        for number, row in enumerate(rows, 1):
            if keys[:1] == [""] and row[0][0] == str(number):  # the number of a point in a figure
                row, names = row[1:], keys[1:]
            else:
                names = keys
            if table.startswith("reference-"):
                yield from _means(table, dict(zip(names, row, strict=True)), folder)
                continue
            who = table.split("-", 1)[1] if table.startswith(("layers-", "recovery-")) else row[0][0]
            for key, (value, _) in zip(names, row, strict=True):
                column = SAME.get(key, key)
                if column is not None and _number(value) and value not in known[who if who in known else "", column]:
                    yield f"{table}, {who}, {key}: {value}"


def _values(folder: Path) -> "defaultdict[tuple[str, str] | str, set[str]]":
    """(variant or model, column) -> its values; ("", column): of all rows; (name, ""): in all columns."""
    found: defaultdict[tuple[str, str] | str, set[str]] = defaultdict(set)
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                who = row.get("variant") or row.get("model") or ""
                found[who] = set()
                for key, value in row.items():
                    for place in ((who, key), (who, ""), ("", key), ("", "")):
                        found[place].add(value)
    return found


def _means(table: str, row: dict[str, tuple[str, str]], folder: Path) -> Iterator[str]:
    """Means over seeds, beside the figures of 2021."""
    with (folder / "results.csv").open(newline="") as file:
        own = [line for line in csv.DictReader(file) if line["method"] == "dense" and line["arch"] == row["arch"][0]
               and line["quantization"] == table.removeprefix("reference-")]  # fmt: skip
    for key in ("top1", "top3", "parameters", "file_bytes"):
        if key in row and row[key][0] and own:
            mean = sum(float(line[key]) for line in own) / len(own)
            if abs(mean - float(row[key][0])) > 1e-6 * max(1.0, mean):
                yield f"{table}, {row['arch'][0]}, {key}: {row[key][0]}"


def _number(text: str) -> bool:
    with suppress(ValueError):
        float(text)
        return True
    return False
