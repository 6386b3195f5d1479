"""Sentences on what a variant costs to transfer and on flash."""

import pandas as pd

from study.report import names
from study.report.blocks import Point
from study.report.names import NBSP
from study.report.phrases import change, megabytes, percent
from study.report.shipping import (
    FLASH,
    FLASH_BYTES,
    LIMIT,
    TRANSFER,
    ZEROS,
    codec_of,
    size_column,
    sizes,
    smallest_within,
)
from study.report.tables import Record, Tables, known, records
from study.report.treatments import one_a_file

WHERE = {TRANSFER: "to transfer", FLASH: "on flash"}


def findings(tables: Tables) -> list[Point]:
    """The smallest within a point of its baseline, of all and of each architecture, then of all: to transfer and on
    flash; what zeros do to both; codecs.
    """
    done = known(tables["results"], "top1")
    if known(done, *sizes(done, TRANSFER)).empty:
        return []
    without_loss = [point for where in WHERE for point in _without_loss(done, where)]
    return [*without_loss, _of_all(done), Point("Transferred and on flash", ZEROS), *_codecs(done)]


def _without_loss(done: pd.DataFrame, where: str) -> list[Point]:
    """Nothing where no compressed variant has been compared with its baseline."""
    seeds, best, key = names.several_seeds(done), smallest_within(done, where), sizes(done, where)[0]
    topic = f"Smallest {WHERE[where]} without loss"
    least = min((row for row in best.values() if row), key=lambda row: float(row[key]), default=None)
    if not least:
        return [Point(topic, f"No compressed variant stays {LIMIT}.")] if best else []
    text = (
        f"The smallest compressed variant {WHERE[where]} {LIMIT} is {names.full(least, seeds)}: {_told(least, done)}. "
        "Of each architecture:"
    )
    parts = [
        f"{names.clean(arch)}: {f'{names.treatment(row, seeds)}, {_told(row, done)}' if row else 'none'}"
        for arch, row in best.items()
    ]
    return [Point(topic, text, tuple(parts))]


def _of_all(done: pd.DataFrame) -> Point:
    """The smallest of any accuracy that has not collapsed."""
    parts, done = [], done[done["collapsed"].isna()]
    for where, said in WHERE.items():
        keys = sizes(done, where)
        row = records(known(done, *keys).sort_values(keys, kind="stable"))[0]
        parts.append(f"{said}: {names.full(row, names.several_seeds(done))}, {_told(row, done)}")
    return Point("Smallest of all", "Whatever it loses:", tuple(parts))


def _told(row: Record, done: pd.DataFrame) -> str:
    """Both sizes, each with how many times smaller than dense float32's, and top-1."""
    size, base = size_column(done), next(iter(records(done[done["variant"] == row["dense"]])), {})
    transferred = f"{megabytes(row[size])} transferred as {names.clean(codec_of(row, size))}"
    flash = f"{megabytes(row[FLASH_BYTES])} on flash"
    told = [said + _times(row, base, key) for said, key in ((transferred, size), (flash, FLASH_BYTES))]
    against = "" if row["variant"] == row["baseline"] else ", no equally trained baseline"
    against = against if row["delta_pp"] is None else f", {change(row)}"
    return f"{' and '.join(told)}; top-1 {percent(row['top1'])}{against}"


def _times(row: Record, base: Record, key: str) -> str:
    if row["variant"] == row["dense"] or not base.get(key):
        return ""
    return f" ({base[key] / row[key]:.1f} times smaller than dense float32)"


def _codecs(done: pd.DataFrame) -> list[Point]:
    """What the smallest form leaves of each kind of file, a line a recipe, and which codec makes it."""
    size = size_column(done)
    rows = one_a_file(known(done, size, FLASH_BYTES))
    rows = rows.assign(recipe=[names.recipe(row) for row in records(rows)], left=rows[size] / rows[FLASH_BYTES])
    by_network = rows.groupby(["recipe", "quantization", "arch"], sort=False)["left"].mean()
    shares = by_network.groupby(["recipe", "quantization"], sort=False).median().reset_index()
    shares["said"] = [f"{names.clean(row['quantization'])} {100 * row['left']:.0f}{NBSP}%" for row in records(shares)]
    parts = [f"{recipe}: {', '.join(own)}" for recipe, own in shares.groupby("recipe", sort=False)["said"]]
    share = "As a share of the file itself, median over architectures, each the mean over its seeds:"
    if size == "gzip_bytes":
        return [Point("Size after gzip", share, tuple(parts))]
    return [Point("Size after the best codec", f"{_wins(rows)} {share}", tuple(parts))]


def _wins(rows: pd.DataFrame) -> str:
    wins = rows.groupby("shipped_codec", sort=False).size().sort_values(ascending=False, kind="stable")
    saved = (1 - rows["shipped_bytes"] / rows["gzip_bytes"]).median()
    made = ", ".join(f"{names.clean(str(codec))} ({count})" for codec, count in wins.items())
    text = f"The smallest form is made by {made}"
    return text + (f"; it saves {100 * saved:.1f}{NBSP}% of the gzip file (median)." if saved == saved else ".")
