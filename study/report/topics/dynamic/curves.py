"""Figures of lines: top-1 over time, the levels of a file joined, single networks as points."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from study.compress import METHODS
from study.latency.measurement import UNSTABLE
from study.plan.variant import DENSE
from study.report import names
from study.report.drawing.render import Draw
from study.report.drawing.style import WIDTH, Theme, colours, markers
from study.report.fields import NOT_VALIDATED
from study.report.tables import Record, Tables, known, records
from study.report.topics.latency.measurements import PLACE
from study.report.topics.structured.networks import one_thread
from study.report.treatments import ORDINARY

ACROSS = 3
HEIGHT, LEGEND = 3.9, 0.55  # inches: a line of panels, the legend
MACS = "Multiply-accumulates of one inference [millions]"
TIME = "Median time [ms], {}"
TICKS = 6  # at most, so that numbers of three decimals stay apart
BELOW = (7, -10)  # points from a level to its width: beside the line, which rises to the right
Panel = tuple[str, str, pd.DataFrame]
"""Title, title of the horizontal axis, rows with `x` and `y`."""


def figure_name(arch: str) -> str:
    """File stem of an architecture's figure."""
    return f"dynamic_{names.file_stem(arch)}"


def figures(tables: Tables) -> Mapping[str, Draw]:
    """One figure an architecture that has a family."""
    rows = tables["levels"]
    return {figure_name(arch): partial(_draw, arch=arch) for arch in names.distinct(rows, "arch")}


def panels(tables: Tables, arch: str) -> list[Panel]:
    """For each scheme a panel a place that timed levels with one thread; one over multiply-accumulates where none did.

    Kinds of latency, places and schemes never share a panel. Beside levels stand the whole networks and those whose
    channels were cut: an unstructured zero changes no time.
    """
    results = known(tables["results"], "top1")
    results = results[(results["arch"] == arch) & (_beside(results["method"]) | (results["level"] != ORDINARY))]
    times = one_thread(tables["latency"])[["variant", "_place", *PLACE, "median_us", "status"]]
    found: list[Panel] = []
    for scheme in names.distinct(results[results["level"] != ORDINARY], "quantization"):
        own = results[results["quantization"] == scheme].assign(y=lambda rows: 100 * rows["top1"])
        title, timed = names.shorten(scheme, 40), len(found)
        for _, here in own.merge(times, on="variant").sort_values("_place", kind="stable").groupby("_place"):
            if (here["level"] != ORDINARY).any():
                kind, *place = here[PLACE].iloc[0]
                where = f"{title}\n{names.shorten(names.place(*place), 48)}"
                kind = f"{kind}, {NOT_VALIDATED}" if kind == "predicted" else kind
                found.append((where, TIME.format(kind), here.assign(x=here["median_us"] / 1e3)))
        counted = known(own, "macs")
        if len(found) == timed and (counted["level"] != ORDINARY).any():
            found.append((title, MACS, counted.assign(x=counted["macs"] / 1e6, status=None)))
    return found


def _beside(methods: pd.Series) -> pd.Series:
    """Whether a method leaves a single network to stand beside levels."""
    controls = {METHODS[name].control for name in METHODS if METHODS[name].kind == "family"}
    cut = {name for name in METHODS if METHODS[name].kind == "structured"}
    return methods.isin({DENSE, *controls, *cut})


def _draw(tables: Tables, theme: Theme, arch: str) -> Figure | None:
    found = panels(tables, arch)
    if not found:
        return None
    shown = pd.concat([rows for *_, rows in found])
    several = names.distinct(shown[shown["level"] != ORDINARY], "method")
    single = names.distinct(shown[shown["level"] == ORDINARY], "method")
    hues, shapes = colours(theme, [*several, *single]), markers([*several, *single])
    down = -(-len(found) // (across := min(len(found), ACROSS)))
    figure = Figure(figsize=(WIDTH, HEIGHT * down + LEGEND), layout="constrained")
    grid = list(figure.subplots(down, across, squeeze=False).flat)
    for axes in grid[len(found) :]:
        axes.set_visible(False)
    for axes, (title, across_title, rows) in zip(grid, found, strict=False):
        _panel(axes, rows, hues, shapes, theme)
        axes.set_title(title, fontsize=9.5)
        axes.set(xlabel=across_title, ylabel="Top-1 [%]")
    handles = [Line2D([], [], color=hues[name], marker=shapes[name], linewidth=1.6) for name in several]
    handles += [Line2D([], [], linestyle="", marker=shapes[name], color=hues[name]) for name in single]
    labels = [f"{names.shorten(name, 28)}, levels of a file" for name in several]
    labels += [names.shorten(name, 28) for name in single]
    figure.legend(handles, labels, loc="outside upper left", ncols=5)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, hues: Mapping[str, Any], shapes: Mapping[str, str], theme: Theme) -> None:
    """Lines of the levels of each file, with widths in per cent, of several seeds at the lowest one, and the points of
    single networks.
    """
    for row in records(rows[rows["level"] == ORDINARY]):
        _point(axes, row, shapes[row["method"]], hues[row["method"]], theme, 2.5)
    levels = rows[rows["level"] != ORDINARY]
    for _, own in levels.groupby(["method", "amount", "seed"], sort=False):
        line, method = own.sort_values("x", kind="stable"), str(own["method"].iloc[0])
        axes.plot(line["x"], line["y"], color=hues[method], linewidth=1.6, zorder=2)
        for row in records(line):
            _point(axes, row, shapes[method], hues[method], theme, 3)
    lowest = levels.sort_values("y", kind="stable").drop_duplicates(["method", "amount", "level"])
    ground = {"facecolor": theme.background, "edgecolor": "none", "alpha": 0.7, "pad": 0.6}
    style: Any = {"textcoords": "offset points", "fontsize": 8, "color": theme.text, "bbox": ground, "zorder": 4}
    for row in records(lowest):
        axes.annotate(names.clean(row["level"]).removeprefix("w"), (row["x"], row["y"]), BELOW, **style)
    axes.xaxis.set_major_locator(MaxNLocator(TICKS))
    axes.margins(0.12, 0.14)


def _point(axes: Axes, row: Record, marker: str, colour: Any, theme: Theme, order: float) -> None:
    """Hollow where the run was not quiet."""
    look: Any = {"marker": marker, "markeredgecolor": colour, "markeredgewidth": 1.4, "markersize": 7}
    filled = theme.background if row["status"] == UNSTABLE else colour
    axes.plot(row["x"], row["y"], linestyle="", markerfacecolor=filled, zorder=order, **look)
