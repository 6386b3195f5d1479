"""Frames as tables for people: the columns one asks for, changes with their intervals, doubtful states marked."""

from collections.abc import Sequence

import pandas as pd

from study.report import names
from study.report.blocks import Cell, Column, Table
from study.report.fields import MISSING, csv_value, field, shown_value
from study.report.tables import Record, records

INTERVALS = {
    "delta_pp": ("ci_low_pp", "ci_high_pp"),
    "dense_delta_pp": ("dense_low_pp", "dense_high_pp"),
    "shifted_pp": ("shifted_low_pp", "shifted_high_pp"),
    "extra_pp": ("extra_low_pp", "extra_high_pp"),
    "excess_pp": ("excess_low_pp", "excess_high_pp"),
    "interaction_pp": ("interaction_low_pp", "interaction_high_pp"),
    "against_pp": ("against_low_pp", "against_high_pp"),
    "alone_delta_pp": ("alone_low_pp", "alone_high_pp"),
    "step_drop_pp": ("step_low_pp", "step_high_pp"),
    "median_us": ("ci_low_us", "ci_high_us"),
}
MARKED = {
    "delta_pp": "significant",
    "extra_pp": "extra_significant",
    "excess_pp": "excess_significant",
    "interaction_pp": "interaction_significant",
    "shifted_pp": "shifted_significant",
    "against_pp": "against_significant",
    "alone_delta_pp": "alone_significant",
    "step_drop_pp": "step_significant",
}
"""Changes that carry a mark, and the column that says whether."""
BESIDE = {
    "shipped_bytes": "shipped_codec",
    "worst_class_accuracy": "worst_class",
    "worst_drop_pp": "worst_drop_class",
    "widest_spread_pp": "widest_spread_class",
    "step_drop_pp": "step_class",
}
"""Numbers that are shown with a word: which codec, which class."""
NO_EQUAL = "no equal"
"""In the place of a change: the study has no whole network with as much training."""
NAME = 24  # characters of that word


def plain(name: str, caption: str, table: pd.DataFrame, keys: Sequence[str], note: str = "") -> Table:
    """A table that shows the given columns of a frame."""
    lines = tuple(tuple(cell(row, key) for key in keys) for row in records(table))
    return Table(name, caption, tuple(column(key) for key in keys), lines, note)


def numbered(name: str, caption: str, table: pd.DataFrame, keys: Sequence[str]) -> Table:
    """A table whose rows carry the numbers of a figure's points, from 1 on."""
    shown = plain(name, caption, table, keys)
    lines = tuple((Cell(str(number), str(number)), *line) for number, line in enumerate(shown.rows, start=1))
    return Table(name, caption, (Column("No.", "", True), *shown.columns), lines)


def labelled(
    name: str, caption: str, table: pd.DataFrame, keys: Sequence[str], heading: str, label: names.Label
) -> Table:
    """A table whose rows are named by a text of their own, under a heading."""
    shown = plain(name, caption, table, keys)
    texts = [label(row) for row in records(table)]
    lines = tuple((Cell(text, text), *line) for text, line in zip(texts, shown.rows, strict=True))
    return Table(name, caption, (Column(heading), *shown.columns), lines)


def column(key: str) -> Column:
    """The column of a CSV key."""
    known = field(key)
    interval = " (95 % interval)" if key in INTERVALS else ""
    return Column(known.title + interval, key, known.numeric, help=known.help)


def cell(row: Record, key: str) -> Cell:
    """One value of a row; a change and a median carry their interval, doubtful states are marked."""
    value, text = csv_value(key, row.get(key)), names.clean(shown_value(key, row.get(key)))
    own_base = row.get("variant") is not None and row.get("baseline") == row["variant"]
    if own_base and key in ("delta_pp", "extra_pp", "worst_drop_pp"):
        return Cell("baseline", value)
    if key == "delta_pp" and row.get("dense_delta_pp") is not None and row["baseline"] is None:
        return Cell(NO_EQUAL, value, "missing")
    if value == "":
        return Cell(text, value, "missing")
    if key == "status":
        return _status(row, value, text)
    if key in INTERVALS and row.get(INTERVALS[key][0]) is not None:  # a prediction has none
        low, high = (shown_value(end, row.get(end)) for end in INTERVALS[key])
        text += f" ({low} to {high})"
    if key in BESIDE and row.get(BESIDE[key]):
        text += f" ({names.shorten(row[BESIDE[key]], NAME)})"
    if key in MARKED and row.get(MARKED[key]):
        return Cell(f"{text} *", value, "loss" if row[key] < 0 else "gain")
    return Cell(text, value)


def _status(row: Record, value: str, text: str) -> Cell:
    flags = names.clean(row.get("flags") or "").replace("_", " ")
    text = text.replace("_", " ")
    said = f"{text}: {flags}" if flags else text
    return Cell(said, value, "missing" if text in (MISSING, "stale") else "warn" if said != "ok" else "")


def change(row: Record | None) -> Cell:
    """A tested change of one class, its interval and p-value said when it is pointed at."""
    if row is None or row.get("delta_pp") is None:
        return Cell(MISSING, "", "missing")
    value, text = csv_value("delta_pp", row["delta_pp"]), shown_value("delta_pp", row["delta_pp"])
    if row.get("p_adjusted") is None:
        return Cell(text, value)
    low, high, p = (shown_value(key, row[key]) for key in ("ci_low_pp", "ci_high_pp", "p_adjusted"))
    title = f"95 % {low} to {high}, p after Holm {p}, n = {row['n']:.0f}"
    if row["significant"]:
        return Cell(f"{text} *", value, "loss" if row["delta_pp"] < 0 else "gain", title)
    return Cell(text, value, "", title)
