"""Sentences on what a variant costs to ship."""

import pandas as pd

from study.report import names
from study.report.blocks import Point
from study.report.names import NBSP
from study.report.phrases import change, megabytes, percent
from study.report.shipping import LIMIT, size_column, size_words, smallest_within
from study.report.tables import Record, Tables, known, records


def findings(tables: Tables) -> list[Point]:
    """The smallest variant within a point of its baseline, of all and of each architecture; the smallest; codecs."""
    done = known(tables["results"], "top1")
    return [*_smallest(done), *_codecs(done)]


def _smallest(done: pd.DataFrame) -> list[Point]:
    size, seeds = size_column(done), names.several_seeds(done)
    bases = {row["variant"]: row for row in records(done)}
    sized = records(known(done, size, "delta_pp").sort_values(size, kind="stable"))
    if not sized:
        return []
    best = smallest_within(done)
    least = min((row for row in best.values() if row), key=lambda row: float(row[size]), default=None)
    found = [Point("Smallest without loss", f"No compressed variant stays {LIMIT}.")]
    if least:
        text = (
            f"By its {size_words(size)}, the smallest compressed variant {LIMIT} is {names.full(least, seeds)}: "
            f"{_told(least, bases, size)}. Of each architecture:"
        )
        parts = [
            f"{names.clean(arch)}: {f'{names.treatment(row, seeds)}, {_told(row, bases, size)}' if row else 'none'}"
            for arch, row in best.items()
        ]
        found = [Point("Smallest without loss", text, tuple(parts))]
    return [*found, Point("Smallest of all", f"{names.full(sized[0], seeds)}: {_told(sized[0], bases, size)}.")]


def _told(row: Record, bases: dict[str, Record], size: str) -> str:
    """Size, codec, how many times smaller than the baseline's file (and its own smallest form), top-1."""
    base = bases.get(row["baseline"], {})
    codec = f" as {names.clean(row['shipped_codec'])}" if size == "shipped_bytes" else " as gzip"
    text = f"{megabytes(row[size])}{codec}"
    if base.get("file_bytes"):
        text += f", {base['file_bytes'] / row[size]:.1f} times smaller than its baseline\u2019s file"
    if base.get(size):
        text += f" ({base[size] / row[size]:.1f} times smaller than that file in its {size_words(size)})"
    return f"{text}; top-1 {percent(row['top1'])}, {change(row)}"


def _codecs(done: pd.DataFrame) -> list[Point]:
    """What the smallest form leaves of each kind of file, a line a recipe, and which codec makes it."""
    size = size_column(done)
    rows = known(done, size, "file_bytes")
    if rows.empty:
        return []
    rows = rows.assign(recipe=[names.recipe(row) for row in records(rows)], left=rows[size] / rows["file_bytes"])
    shares = rows.groupby(["recipe", "quantization"], sort=False)["left"].median().reset_index()
    shares["said"] = [f"{names.clean(row['quantization'])} {100 * row['left']:.0f}{NBSP}%" for row in records(shares)]
    parts = [f"{recipe}: {', '.join(own)}" for recipe, own in shares.groupby("recipe", sort=False)["said"]]
    share = "As a share of the file itself, median over architectures:"
    if size == "gzip_bytes":
        return [Point("Size after gzip", share, tuple(parts))]
    return [Point("Size after the best codec", f"{_wins(rows)} {share}", tuple(parts))]


def _wins(rows: pd.DataFrame) -> str:
    wins = rows.groupby("shipped_codec", sort=False).size().sort_values(ascending=False, kind="stable")
    saved = (1 - rows["shipped_bytes"] / rows["gzip_bytes"]).median()
    made = ", ".join(f"{names.clean(str(codec))} ({count})" for codec, count in wins.items())
    text = f"The smallest form is made by {made}"
    return text + (f"; it saves {100 * saved:.1f}{NBSP}% of the gzip file (median)." if saved == saved else ".")
