"""Sentences on what a variant costs to ship, and what it costs the worst class."""

from collections import Counter
from statistics import median

from study.report import names
from study.report.blocks import Point
from study.report.inputs import Row
from study.report.phrases import NBSP, change, megabytes, percent, points
from study.report.rows.shipping import size_column, size_words

WITHIN_PP = 1.0
LIMIT = f"within {WITHIN_PP:g} point of its float32 baseline"


def smallest(done: list[Row]) -> list[Point]:
    """The smallest variant within a point of its baseline, of all and of each architecture; and the smallest."""
    size, by_name = size_column(done), {row["variant"]: row for row in done}
    sized, seeds = _sized(done, size), names.several_seeds(done)
    if not sized:
        return []
    parts = []
    for arch, own in smallest_within(done).items():
        said = f"{names.treatment(own, seeds)}, {_told(own, by_name, size)}" if own else "none"
        parts.append(f"{names.clean(arch)}: {said}")
    best, least = _least(within(sized), size), _least(sized, size)
    text = f"No compressed variant stays {LIMIT}."
    if best:
        text = (
            f"By its {size_words(size)}, the smallest compressed variant {LIMIT} is {names.full(best, seeds)}: "
            f"{_told(best, by_name, size)}. Of each architecture:"
        )
    found = [Point("Smallest without loss", text, tuple(parts) if best else ())]
    if least:
        found.append(Point("Smallest of all", f"{names.full(least, seeds)}: {_told(least, by_name, size)}."))
    return found


def smallest_within(done: list[Row]) -> dict[str, Row | None]:
    """Architecture -> its smallest compressed variant within a point of its baseline (None: there is none).

    An architecture of which no compressed variant has a size is left out.
    """
    size = size_column(done)
    sized = _sized(done, size)
    return {
        arch: _least([row for row in within(sized) if row["arch"] == arch], size)
        for arch in names.distinct(sized, "arch")
    }


def worst_class(done: list[Row]) -> list[Point]:
    """The largest loss of a class that a good top-1 hides."""
    close = [row for row in within(done) if row.get("worst_drop_pp") is not None]
    if not close:
        return []
    row = min(close, key=lambda row: float(row["worst_drop_pp"]))
    if row["worst_drop_pp"] >= 0:
        return []
    usual = median(float(row["worst_drop_pp"]) for row in close)
    text = (
        f"In the compressed variants {LIMIT}, the class that pays most changes by {points(usual)} points (median). "
        f"The most in {names.full(row, names.several_seeds(done))}: \u201c{names.shorten(row['worst_drop_class'], 40)}"
        f"\u201d {points(row['worst_drop_pp'])}, with a top-1 of {points(row['delta_pp'])}. The largest of several "
        "losses overstates what a class loses; the tests below correct for that."
    )
    return [Point("Worst class", text)]


def codecs(done: list[Row]) -> list[Point]:
    """What the smallest form leaves of each kind of file, a line a recipe, and which codec makes it."""
    size = size_column(done)
    shares: dict[str, dict[str, list[float]]] = {}
    for row in done:
        if row.get(size) and row.get("file_bytes"):
            schemes = shares.setdefault(names.recipe(row), {})
            schemes.setdefault(names.clean(row["quantization"]), []).append(row[size] / row["file_bytes"])
    if not shares:
        return []
    parts = tuple(
        f"{recipe}: " + ", ".join(f"{scheme} {100 * median(values):.0f}{NBSP}%" for scheme, values in schemes.items())
        for recipe, schemes in shares.items()
    )
    share = "As a share of the file itself, median over architectures:"
    if size == "gzip_bytes":
        return [Point("Size after gzip", share, parts)]
    return [Point("Size after the best codec", f"{_wins(done)} {share}", parts)]


def within(rows: list[Row]) -> list[Row]:
    """Compressed variants whose top-1 is at most `WITHIN_PP` points below their baseline's."""
    return [row for row in rows if row.get("delta_pp") is not None and row["delta_pp"] >= -WITHIN_PP]


def _sized(done: list[Row], size: str) -> list[Row]:
    """Compressed variants of a known size."""
    return [row for row in done if row.get(size) is not None and row.get("delta_pp") is not None]


def _least(rows: list[Row], size: str) -> Row | None:
    return min(rows, key=lambda row: int(row[size]), default=None)


def _told(row: Row, by_name: dict[str, Row], size: str) -> str:
    """Size, codec, how many times smaller than the baseline's file (and its own smallest form), top-1."""
    base = by_name.get(row["baseline"], {})
    codec = f" as {names.clean(row['shipped_codec'])}" if size == "shipped_bytes" else " as gzip"
    text = f"{megabytes(row[size])}{codec}"
    if base.get("file_bytes"):
        text += f", {base['file_bytes'] / row[size]:.1f} times smaller than its baseline\u2019s file"
    if base.get(size):
        text += f" ({base[size] / row[size]:.1f} times smaller than that file in its {size_words(size)})"
    return f"{text}; top-1 {percent(row['top1'])}, {change(row)}"


def _wins(done: list[Row]) -> str:
    wins = Counter(names.clean(row["shipped_codec"]) for row in done if row.get("shipped_codec"))
    saved = [
        1 - row["shipped_bytes"] / row["gzip_bytes"]
        for row in done
        if row.get("shipped_bytes") and row.get("gzip_bytes")
    ]
    text = "The smallest form is made by " + ", ".join(f"{name} ({count})" for name, count in wins.most_common())
    return text + (f"; it saves {100 * median(saved):.1f}{NBSP}% of the gzip file (median)." if saved else ".")
