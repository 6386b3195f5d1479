"""Sentences on single classes: which pay, how sure that is, and what could not have been seen."""

from statistics import fmean, median

from study.report import names
from study.report.blocks import Point
from study.report.inputs import Row
from study.report.per_class import LEVEL
from study.report.phrases import NBSP, are, change, p_equals, percent, points
from study.statistics import detectable_drop

MOST = 5


def classes(per_class: list[Row]) -> list[Point]:
    """Significant changes, the largest losses, and the classes with the largest mean loss."""
    tested = [row for row in per_class if row.get("p_adjusted") is not None]
    if not tested:
        return []
    losses = [row for row in tested if row["significant"] and row["delta_pp"] < 0]
    gains = [row for row in tested if row["significant"] and row["delta_pp"] > 0]
    certain = (
        f"Of {len(tested)} comparisons of one class in one variant, {len(losses)} {are(len(losses))} a "
        f"significant loss and {len(gains)} a significant gain (exact McNemar test, Holm over all "
        f"{len(tested)}, level {LEVEL:g})."
    )
    if not losses:
        certain += " No loss of a single class can be claimed."
    return [Point("Classes: what is certain", certain), *_largest(tested), *_mean(tested)]


def unseen(per_class: list[Row]) -> list[Point]:
    """The drop that this many test images show with 80 % power."""
    tested = [row for row in per_class if row.get("p_value") is not None]
    if not tested:
        return []
    n, m = int(median(row["n"] for row in tested)), len(tested)
    usual = median((row["base_only"] + row["variant_only"]) / row["n"] for row in tested)
    text = (
        f"With {n} test images a class, two models that differ on 5{NBSP}% of them, and 80{NBSP}% power, a "
        f"single comparison shows {_drop(detectable_drop(n))}; one of the {m} made here, corrected, "
        f"{_drop(detectable_drop(n, comparisons=m))}."
    )
    if usual > 0:
        text += (
            f" In this study the models differ on {percent(usual)} of a class\u2019s images (median): "
            f"then it shows {_drop(detectable_drop(n, usual, m))}."
        )
    return [Point("What could not have been seen", f"{text} Smaller losses may be there all the same.")]


def _largest(tested: list[Row]) -> list[Point]:
    worst = sorted((row for row in tested if row["delta_pp"] < 0), key=lambda row: float(row["delta_pp"]))[:MOST]
    if not worst:
        return []
    seeds = names.several_seeds(tested)
    parts = tuple(
        f"{_quoted(row['class'])} in {names.full(row, seeds)}: {change(row)}, adjusted {p_equals(row['p_adjusted'])}"
        for row in worst
    )
    return [Point("Classes: the largest losses", "Significant or not:", parts)]


def _mean(tested: list[Row]) -> list[Point]:
    every = names.distinct(tested, "class")
    means = {name: fmean(row["delta_pp"] for row in tested if row["class"] == name) for name in every}
    order = sorted(means, key=lambda name: means[name])
    text = (
        f"Averaged over all compressed variants, {_quoted(order[0])} changes most for the worse "
        f"({points(means[order[0]])} points), {_quoted(order[-1])} least ({points(means[order[-1]])}); "
        f"all classes {points(fmean(means.values()))}. Descriptive: variants of one base are not independent."
    )
    return [Point("Classes: on average", text)]


def _quoted(name: str) -> str:
    return f"\u201c{names.shorten(name, 40)}\u201d"


def _drop(found: float | None) -> str:
    return "no drop at all" if found is None else f"a drop of {found:.2f} points or more"
