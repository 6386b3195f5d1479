"""Sentences on single classes: which pay, how sure that is, and what could not have been seen."""

from collections import Counter
from statistics import fmean, median

from study.report import names
from study.report.blocks import Point
from study.report.inputs import Row
from study.report.phrases import NBSP, are, change, number, p_equals, percent, points
from study.report.rows.per_class import LEVEL
from study.statistics.power import detectable_drop

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
    likely = [row for row in tested if row["q_value"] < LEVEL]
    certain += (
        f" For exploration, at a false discovery rate of {LEVEL:g} (Benjamini-Hochberg): "
        f"{number(sum(row['delta_pp'] < 0 for row in likely), 'loss', 'losses')} and "
        f"{number(sum(row['delta_pp'] > 0 for row in likely), 'gain')}."
    )
    return [Point("Classes: what is certain", certain), *_harder(tested), *_largest(tested), *_mean(tested)]


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


def _harder(tested: list[Row]) -> list[Point]:
    """Classes that lose more than the average class of their variant."""
    beyond = [row for row in tested if row.get("excess_p_adjusted") is not None]
    if not beyond:
        return []
    harder = sorted(
        (row for row in beyond if row["excess_significant"] and row["excess_pp"] < 0),
        key=lambda row: float(row["excess_pp"]),
    )
    spared = sum(bool(row["excess_significant"]) and row["excess_pp"] > 0 for row in beyond)
    text = (
        f"In {len(harder)} of {len(beyond)} cases a class is hit significantly harder than the average class of its "
        f"variant, in {spared} less hard (studentized permutation test, Holm over all {len(beyond)}, level {LEVEL:g})."
    )
    if not harder:
        return [Point("Classes: harder than average", text)]
    counts = Counter(str(row["class"]) for row in harder)
    said = ", ".join(f"{_quoted(name)} in {count}" for name, count in counts.most_common(MOST))
    seeds = names.several_seeds(tested)
    parts = tuple(
        f"{_quoted(row['class'])} in {names.full(row, seeds)}: {points(row['excess_pp'])} points beyond the average "
        f"(95{NBSP}% {points(row['excess_low_pp'])} to {points(row['excess_high_pp'])}), adjusted "
        f"{p_equals(row['excess_p_adjusted'])}"
        for row in harder[:MOST]
    )
    return [Point("Classes: harder than average", f"{text} Most often: {said}. Furthest from the average:", parts)]


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
