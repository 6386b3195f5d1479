"""Which cells of the report's tables stand in no row of its CSV files."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from report_page import Page, is_number
from traced_figures import table

SAME = {"predicted_us": "median_us", "count": None}
"""Columns that the page names otherwise; None: how many variants the planner left out, which are in no table."""
Values = defaultdict[tuple[str, str], set[str]]


def untraced(page: Page, folder: Path) -> Iterator[str]:
    """A line for each number that no row of its variant or model has in the column of the same name.

    A column without a name (classes, bins) is sought in all columns of the row's variant, one of treatments in those
    of all rows.
    """
    known, results = _values(folder), table(folder, "results.csv")
    for name, (keys, rows) in page.tables.items():
        for number, row in enumerate(rows, 1):
            cells = [(key, value) for key, (value, _) in zip(keys, row, strict=True)]
            if cells[0] == ("", str(number)):  # the number of a point in a figure
                del cells[0]
            if name.startswith("reference-"):
                yield from _other_means(name, dict(cells), results)
                continue
            who = name.split("-", 1)[1] if name.startswith(("layers-", "recovery-")) else cells[0][1]
            place = who if (who, "") in known else ""
            for key, value in cells:
                column = SAME.get(key, key)
                if column is not None and is_number(value) and value not in known[place, column]:
                    yield f"{name}, {who}, {key}: {value}"


def _values(folder: Path) -> Values:
    """(variant or model, column) -> its values; without the first of all rows, without the second in all columns."""
    found: Values = defaultdict(set)
    for path in folder.glob("*.csv"):
        for row in table(folder, path.name):
            who = row.get("variant") or row.get("model") or ""
            for key, value in row.items():
                for place in ((who, key), (who, ""), ("", key), ("", "")):
                    found[place].add(value)
    return found


def _other_means(name: str, cells: dict[str, str], results: list[dict[str, str]]) -> Iterator[str]:
    """Figures beside those of 2021 that are not the means over the seeds of their network."""
    own = [
        row
        for row in results
        if row["method"] == "dense"
        and row["arch"] == cells["arch"]
        and row["quantization"] == name.removeprefix("reference-")
        and not row.get("collapsed")
    ]
    for key in ("top1", "top3", "parameters", "file_bytes"):
        if cells.get(key) and own:
            mean = sum(float(row[key]) for row in own) / len(own)
            if abs(mean - float(cells[key])) > 1e-6 * max(1.0, mean):
                yield f"{name}, {cells['arch']}, {key}: {cells[key]}"
