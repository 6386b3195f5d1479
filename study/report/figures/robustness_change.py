"""Change of top-1 under each corruption against the dense float32 variant: variants x corruptions."""

from collections.abc import Callable

from matplotlib.figure import Figure

from study.report.facts import Facts
from study.report.figures.class_heatmap import MANY_VARIANTS, heatmap
from study.report.figures.style import Theme
from study.report.inputs import Row
from study.tasks.robustness import CLEAN


def architecture(arch: str) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one architecture, which has a figure of its own where one for all is too long."""
    return lambda facts, theme: heatmap(columns(facts, arch), facts, theme) if _crowded(facts) else None


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """All compressed variants, one panel an architecture; corruptions are means over severities."""
    return None if _crowded(facts) else heatmap(columns(facts), facts, theme)


def columns(facts: Facts, arch: str | None = None) -> list[Row]:
    """Rows of the heat map, whose `class` is the clean images, the mean over all corruptions, or one of them.

    Framed are the means alone: the others are not tested.
    """
    found = [
        row | {"class": _head(row), "significant": row.get("significant", False)}
        for row in facts.robustness
        if row.get("class") is None
        and row.get("delta_pp") is not None
        and arch in (None, row["arch"])
        and (row.get("severity") is None or row["corruption"] == CLEAN.corruption)
    ]
    return sorted(found, key=lambda row: row["class"] != CLEAN.corruption)


def _head(row: Row) -> str:
    return str(row.get("corruption") or "all corruptions").replace("_", " ")


def _crowded(facts: Facts) -> bool:
    return len({row["variant"] for row in columns(facts)}) > MANY_VARIANTS
