"""Figures of lines: top-1 over time beside networks of other widths, and how methods came to what they cut."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from study.latency.measurement import UNSTABLE
from study.plan.variant import DENSE
from study.report import names
from study.report.drawing.render import Draw
from study.report.drawing.style import WIDTH, Theme, colours, dashes, markers
from study.report.tables import Record, Tables, known, records
from study.report.topics.latency.measurements import PLACE
from study.report.topics.structured.comparisons import timed
from study.report.topics.structured.networks import first_seeds, networks, recorded

ACROSS = 3
TITLES = {
    "epoch": ("Epoch of the choice", 1.0),
    "step": ("Step", 1.0),
    "quantile": ("Channels, from the smallest scale [%]", 100.0),
    "cost": ("Cost that is left [%]", 100.0),
    "share": ("Share of channels [%]", 100.0),
    "factor": ("Factor of weakened filters", 1.0),
    "returned": ("Filters", 1.0),
    "penalty": ("Penalty", 1.0),
    "after": ("Scale (pale: before)", 1.0),
    "predicted_loss_pp": ("Predicted loss [points]", 1.0),
}
"""Column of a record -> title of its axis, scale of its unit."""
SCHEDULES = (
    ("Share over epochs", "schedule", "epoch", "share"),
    ("Factor over epochs", "schedule", "epoch", "factor"),
    ("Filters that came back", "schedule", "epoch", "returned"),
    ("Share over steps", "schedule", "step", "share"),
    ("Penalty over steps", "schedule", "step", "penalty"),
    ("Scales of batch normalisation", "scales", "quantile", "after"),
    ("Predicted loss over cost", "plan", "cost", "predicted_loss_pp"),
)
"""Title of a panel, table of the record, its columns for x and y."""


def figures(tables: Tables) -> Mapping[str, Draw]:
    """Two figures an architecture: `structured_` and `schedules_`."""
    found: dict[str, Draw] = {}
    rows = tables["structured"]
    for arch in names.distinct(rows[rows["method"] != DENSE], "arch"):
        found[f"structured_{names.file_stem(arch)}"] = partial(_widths, arch=arch)
        found[f"schedules_{names.file_stem(arch)}"] = partial(_schedules, arch=arch)
    return found


def _widths(tables: Tables, theme: Theme, arch: str) -> Figure | None:
    """A line of panels a scheme, one panel a place with one thread; kinds of latency have panels of their own."""
    rows, cut = timed(tables), known(tables["structured"], "top1")
    cut = cut[(cut["method"] != DENSE) & (cut["arch"] == arch)]
    methods = names.distinct(cut, "method")
    rows = rows[rows["variant"].isin(cut["variant"]) | (rows["method"] == DENSE) & rows["_kin"].isin(cut["_kin"])]
    panels = [
        (scheme, own)
        for scheme in names.distinct(cut, "quantization")
        for _, own in rows[rows["quantization"] == scheme].groupby("_place", sort=False)
        if (own["method"] != DENSE).any()
    ]
    if not panels:
        return None
    figure, grid = _grid(len(panels), len({own["_place"].iloc[0] for _, own in panels}), 3.9, 0.4)
    for axes, (scheme, own) in zip(grid, panels, strict=False):
        kind, *place = own[PLACE].iloc[0]
        _panel(axes, own, methods, theme)
        axes.set_title(f"{names.shorten(scheme, 40)}\n{names.shorten(names.place(*place), 48)}", fontsize=9.5)
        axes.set(xlabel=f"Median time of one inference [ms], {kind}", ylabel="Top-1 [%]")
    hues, shapes = colours(theme, methods), markers(methods)
    handles = [Line2D([], [], color=theme.muted, marker="o", markersize=5)]
    handles += [Line2D([], [], linestyle="", marker=shapes[name], color=hues[name]) for name in methods]
    labels = ["unpruned, other widths", *(names.shorten(name, 28) for name in methods)]
    figure.legend(handles, labels, loc="outside upper left", ncols=6)
    return figure


def _grid(panels: int, across: int, height: float, more: float) -> tuple[Figure, list[Axes]]:
    """A figure with room for so many panels, at most ACROSS side by side, each of a height in inches."""
    across = min(across, ACROSS)
    down = -(-panels // across)
    figure = Figure(figsize=(WIDTH, height * down + more), layout="constrained")
    grid = list(figure.subplots(down, across, squeeze=False).flat)
    for axes in grid[panels:]:
        axes.set_visible(False)
    return figure, grid


def _panel(axes: Axes, rows: pd.DataFrame, methods: list[str], theme: Theme) -> None:
    """Points of structured variants with their amounts, and a line a seed of unpruned networks with their alphas."""
    rows = rows.assign(x=rows["median_us"] / 1e3, y=100 * rows["top1"])
    dense, cut = rows[rows["method"] == DENSE], rows[rows["method"] != DENSE]
    for _, own in dense.groupby("seed", sort=False):
        line = own.sort_values("x", kind="stable")
        axes.plot(line["x"], line["y"], color=theme.muted, linewidth=1.4, zorder=1.5)
        for row in records(line):
            _point(axes, row, "o", theme.muted, theme)
            _label(axes, row, f"\u03b1 {row['alpha']:g}", theme.muted, (-5, 6), "right")
    for row in records(cut):
        _point(axes, row, markers(methods)[row["method"]], colours(theme, methods)[row["method"]], theme)
        _label(axes, row, f"{row['amount']:g}", theme.text, (5, 4), "left")
    axes.margins(0.19, 0.14)


def _point(axes: Axes, row: Record, marker: str, colour: Any, theme: Theme) -> None:
    """Hollow where the run was not quiet."""
    look: Any = {"marker": marker, "markeredgecolor": colour, "markeredgewidth": 1.4, "markersize": 7}
    filled = theme.background if row["status"] == UNSTABLE else colour
    axes.plot(row["x"], row["y"], linestyle="", markerfacecolor=filled, zorder=3, **look)


def _label(axes: Axes, row: Record, text: str, colour: str, offset: tuple[int, int], side: Any) -> None:
    style: Any = {"textcoords": "offset points", "ha": side, "fontsize": 8, "color": colour, "zorder": 4}
    axes.annotate(text, (row["x"], row["y"]), offset, **style)


def _schedules(tables: Tables, theme: Theme, arch: str) -> Figure | None:
    """One panel a kind of record, one line a network: colour and marker are the method, dashes the amount."""
    made, panels = first_seeds(networks(tables.inputs)), []
    made = made[made["arch"] == arch]
    for title, table, x, y in SCHEDULES:
        rows = known(recorded(tables.inputs, table), x, y)
        rows = rows[rows["model"].isin(made["model"])]
        panels += [(title, x, y, rows)] if len(rows) else []
    if not panels:
        return None
    shown = records(made[made["model"].isin(pd.concat([rows for *_, rows in panels])["model"])])
    looks = _looks(shown, theme)
    figure, grid = _grid(len(panels), len(panels), 3.1, 0.25 * (1 + len(shown) // 5))
    for axes, (title, x, y, rows) in zip(grid, panels, strict=False):
        for model, own in rows.groupby("model", sort=False):
            across, up, look = TITLES[x][1] * own[x], TITLES[y][1] * own[y], looks[str(model)]
            axes.plot(across, up, markersize=4, markevery=max(1, len(own) // 10), **look)
            if y == "after":
                axes.plot(across, own["before"], **look | {"marker": "", "linewidth": 1.4, "alpha": 0.45})
        axes.set(title=title, xlabel=TITLES[x][0], ylabel=TITLES[y][0])
        if x in ("epoch", "step"):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if x == "cost":
            axes.invert_xaxis()
    handles = [Line2D([], [], markersize=5, **look) for look in looks.values()]
    figure.legend(handles, list(map(names.recipe, shown)), loc="outside upper left", ncols=5, handlelength=3.2)
    return figure


def _looks(shown: Sequence[Record], theme: Theme) -> Mapping[str, Any]:
    """Model -> Matplotlib's settings of its line."""
    methods, amounts = (list(dict.fromkeys(str(row[key]) for row in shown)) for key in ("method", "amount"))
    hues, shapes, strokes = colours(theme, methods), markers(methods), dashes(amounts)
    return {
        row["model"]: {
            "color": hues[row["method"]],
            "marker": shapes[row["method"]],
            "linestyle": (0, dash) if (dash := strokes[str(row["amount"])]) else "-",
        }
        for row in shown
    }
