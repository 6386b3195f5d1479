"""What corrupted images say of compression, in sentences."""

from statistics import fmean

from study.report import names
from study.report.blocks import Point
from study.report.inputs import Row
from study.report.phrases import NBSP, change, network, number, p_equals, percent, points


def robustness(rows: list[Row]) -> list[Point]:
    """How much accuracy corruptions take, and whether they make compression cost more."""
    whole = means(rows)
    return [*_bases(rows, whole), *_extra(rows, whole)] if whole else []


def means(rows: list[Row]) -> list[Row]:
    """The means over all corruptions and severities of all classes together, one row a variant."""
    return [row for row in rows if row.get("class") is None and row.get("corruption") is None]


def _bases(rows: list[Row], whole: list[Row]) -> list[Point]:
    bases = [row for row in whole if row["variant"] == row["baseline"]]
    if not bases:
        return []
    own = {row["variant"] for row in bases}
    single: dict[str, list[float]] = {}
    for row in rows:
        if row["variant"] in own and row.get("class") is None and row.get("corruption") and row.get("severity") is None:
            single.setdefault(row["corruption"], []).append(row["accuracy"] - row["clean_accuracy"])
    worst = min(single, key=lambda name: fmean(single[name]))
    seeds = names.several_seeds(whole)
    parts = tuple(
        f"{network(row, seeds)}: {percent(row['accuracy'])} of {percent(row['clean_accuracy'])} on clean images"
        for row in bases
    )
    text = (
        f"Mean top-1 of the dense float32 networks over {number(len(single), 'corruption')}. "
        f"{_plain(worst)} costs most ({points(100 * fmean(single[worst]))} points on average):"
    )
    return [Point("Under corruption", text, parts)]


def _extra(rows: list[Row], whole: list[Row]) -> list[Point]:
    tested = [row for row in whole if row.get("extra_p_adjusted") is not None]
    if not tested:
        return []
    worse = [row for row in tested if row["extra_significant"] and row["extra_pp"] < 0]
    better = [row for row in tested if row["extra_significant"] and row["extra_pp"] > 0]
    lowest = min(tested, key=lambda row: float(row["extra_pp"]))
    seeds = names.several_seeds(whole)
    text = (
        f"Of {number(len(tested), 'compressed variant')}, {len(worse)} lose significantly more on corrupted images "
        f"than on clean ones and {len(better)} less (image as unit, Holm). Most extra: {names.full(lowest, seeds)}, "
        f"{change(lowest)} under corruption, {points(lowest['delta_pp'] - lowest['extra_pp'])} on the same ones clean."
    )
    single = [row for row in rows if row.get("corruption") is None and row.get("significant") and row.get("class")]
    losses = sorted((row for row in single if row["delta_pp"] < 0), key=lambda row: float(row["delta_pp"]))[:1]
    for row in losses:
        text += (
            f" The class that pays most under corruption is \u201c{names.shorten(row['class'], 40)}\u201d in "
            f"{names.full(row, seeds)}: {change(row)}, adjusted {p_equals(row['p_adjusted'])}."
        )
    return [Point("Compression under corruption", text)]


def _plain(name: str) -> str:
    text = names.clean(name).replace("_", NBSP)
    return text[:1].upper() + text[1:]
