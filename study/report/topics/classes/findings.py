"""Sentences on single classes of the files at hand: where they differ, how sure that is, and what went unseen."""

from collections import Counter

import pandas as pd

from study.report import names
from study.report.blocks import Point
from study.report.correction import LEVEL
from study.report.levels import FILES
from study.report.names import NBSP
from study.report.phrases import are, change, number, p_equals, percent, points
from study.report.shipping import LIMIT, within
from study.report.tables import Tables, known, records
from study.statistics.power import detectable_drop

MOST = 5


def findings(tables: Tables) -> list[Point]:
    """What a good top-1 hides, significant changes, the largest losses and the classes with the largest mean loss."""
    tested = known(tables["per_class"], "p_adjusted")
    hidden = _worst(known(tables["results"], "top1"))
    if tested.empty:
        return hidden
    return [*hidden, _certain(tested), *_harder(tested), *_largest(tested), _mean(tested), unseen(tested)]


def _worst(done: pd.DataFrame) -> list[Point]:
    """The largest loss of a class among the files that lose next to nothing as a whole."""
    close = within(done)
    close = known(close[close["same_as"].isna()], "worst_drop_pp").sort_values("worst_drop_pp", kind="stable")
    if close.empty or close["worst_drop_pp"].min() >= 0:
        return []
    row = records(close.head(1))[0]
    text = (
        f"{FILES}, of the compressed ones {LIMIT} the class that changes most for the worse changes by "
        f"{points(close['worst_drop_pp'].median())} points (median of {len(close)}). The most in "
        f"{names.full(row, names.several_seeds(done))}: {_quoted(row['worst_drop_class'])} "
        f"{points(row['worst_drop_pp'])}, with a top-1 of {points(row['delta_pp'])}. The largest of several "
        "losses overstates what a class loses; the tests below correct for that."
    )
    return [Point("Files: worst class", text)]


def _certain(tested: pd.DataFrame) -> Point:
    lost, gained = tested["delta_pp"] < 0, tested["delta_pp"] > 0
    sure, likely = tested["p_adjusted"] < LEVEL, tested["q_value"] < LEVEL
    losses = int((sure & lost).sum())
    text = (
        f"{FILES}, of {len(tested)} comparisons of one class in one file, {losses} {are(losses)} a "
        f"significant loss and {(sure & gained).sum()} a significant gain (exact McNemar test, Holm over all "
        f"{len(tested)}, level {LEVEL:g})."
    )
    text += "" if losses else " No file is shown to lose a single class."
    text += (
        f" For exploration, at a false discovery rate of {LEVEL:g} (Benjamini-Hochberg): "
        f"{number(int((likely & lost).sum()), 'loss', 'losses')} and {number(int((likely & gained).sum()), 'gain')}."
    )
    return Point("Files: what is certain", text)


def _harder(tested: pd.DataFrame) -> list[Point]:
    """Classes that lose more than the average class of their file."""
    beyond = known(tested, "excess_p_adjusted")
    if beyond.empty:
        return []
    sure = beyond[beyond["excess_p_adjusted"] < LEVEL].sort_values("excess_pp", kind="stable")
    harder = sure[sure["excess_pp"] < 0]
    text = (
        f"{FILES}, a class differs significantly for the worse from the average class of its file in {len(harder)} of "
        f"{len(beyond)} cases, for the better in {(sure['excess_pp'] > 0).sum()} (studentized permutation test, "
        f"Holm over all {len(beyond)}, level {LEVEL:g})."
    )
    if harder.empty:
        return [Point("Files: beyond the average class", text)]
    often = Counter(harder["class"]).most_common(MOST)
    said = ", ".join(f"{_quoted(name)} in {count}" for name, count in often)
    seeds = names.several_seeds(tested)
    parts = tuple(
        f"{_quoted(row['class'])} in {names.full(row, seeds)}: {points(row['excess_pp'])} points beyond the average "
        f"(95{NBSP}% {points(row['excess_low_pp'])} to {points(row['excess_high_pp'])}), adjusted "
        f"{p_equals(row['excess_p_adjusted'])}"
        for row in records(harder.head(MOST))
    )
    return [Point("Files: beyond the average class", f"{text} Most often: {said}. Furthest from the average:", parts)]


def _largest(tested: pd.DataFrame) -> list[Point]:
    worst = tested[tested["delta_pp"] < 0].sort_values("delta_pp", kind="stable").head(MOST)
    seeds = names.several_seeds(tested)
    parts = tuple(
        f"{_quoted(row['class'])} in {names.full(row, seeds)}: {change(row)}, adjusted {p_equals(row['p_adjusted'])}"
        for row in records(worst)
    )
    return [Point("Files: the largest losses", f"{FILES}, significant or not:", parts)] if parts else []


def _mean(tested: pd.DataFrame) -> Point:
    means = tested.groupby("class", sort=False)["delta_pp"].mean().sort_values(kind="stable")
    text = (
        f"{FILES}, averaged over all that are tested, {_quoted(means.index[0])} changes most for the worse "
        f"({points(means.iloc[0])} points), {_quoted(means.index[-1])} least ({points(means.iloc[-1])}); "
        f"all classes {points(means.mean())}. Descriptive: files of one base are not independent."
    )
    return Point("Files: classes on average", text)


def unseen(tested: pd.DataFrame) -> Point:
    """The drop that this many test images show with 80 % power."""
    n, m = int(tested["n"].median()), len(tested)
    usual = float(((tested["base_only"] + tested["variant_only"]) / tested["n"]).median())
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
    return Point("What could not have been seen", f"{text} Smaller losses may be there all the same.")


def _quoted(name: object) -> str:
    return f"\u201c{names.shorten(str(name), 40)}\u201d"


def _drop(found: float | None) -> str:
    return "no drop at all" if found is None else f"a drop of {found:.2f} points or more"
