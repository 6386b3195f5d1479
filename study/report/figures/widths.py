"""Top-1 over time: structured variants beside the line of unpruned networks of several widths."""

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.latency.measurement import UNSTABLE
from study.report import names
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme, colours, markers
from study.report.inputs import Row
from study.report.structured.rows import one_thread

ACROSS = 3
LINE = "unpruned, other widths"


def architecture(arch: str) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one architecture of full width."""
    return lambda facts, theme: draw(facts, theme, arch)


def draw(facts: Facts, theme: Theme, arch: str) -> Figure | None:
    """A line of panels a scheme, one panel a place with one thread; kinds of latency have panels of their own."""
    cut = [row for row in facts.structured if row["method"] != "dense" and row["arch"] == arch and _known(row)]
    kin = {row["full"] for row in cut}
    dense = [row for row in facts.structured if row["method"] == "dense" and row["full"] in kin and _known(row)]
    places = {
        spot: times for spot, times in one_thread(facts.latency).items() if any(row["variant"] in times for row in cut)
    }
    panels = [
        (scheme, spot)
        for scheme in names.distinct(cut, "quantization")
        for spot in places
        if any(row["variant"] in places[spot] and row["quantization"] == scheme for row in cut)
    ]
    if not panels:
        return None
    methods = names.distinct(cut, "method")
    across = min(len(places), ACROSS)
    down = -(-len(panels) // across)
    figure = Figure(figsize=(WIDTH, 3.9 * down + 0.4), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes, (scheme, spot) in zip(grid.flat, panels, strict=False):
        times = places[spot]
        own = [row for row in [*dense, *cut] if row["quantization"] == scheme and row["variant"] in times]
        _panel(axes, own, times, methods, theme)
        axes.set_title(f"{names.shorten(scheme, 40)}\n{names.shorten(names.place(*spot[1:]), 48)}", fontsize=9.5)
        axes.set_xlabel(f"Median time of one inference [ms], {spot[0]}")
        axes.set_ylabel("Top-1 [%]")
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    handles = [Line2D([], [], color=theme.muted, marker="o", markersize=5)]
    handles += [
        Line2D([], [], linestyle="", marker=markers(methods)[name], color=colours(theme, methods)[name])
        for name in methods
    ]
    labels = [LINE, *(names.shorten(name, 28) for name in methods)]
    figure.legend(handles, labels, loc="outside upper left", ncols=6)
    return figure


def _panel(axes: Axes, rows: Sequence[Row], times: Any, methods: list[str], theme: Theme) -> None:
    dense, cut = ([row for row in rows if (row["method"] == "dense") == which] for which in (True, False))
    for seed in dict.fromkeys(row["seed"] for row in dense):
        line = sorted(
            (
                (times[row["variant"]]["median_us"] / 1e3, 100 * row["top1"], row)
                for row in dense
                if row["seed"] == seed
            ),
            key=lambda point: point[0],
        )
        axes.plot([x for x, _, _ in line], [y for _, y, _ in line], color=theme.muted, linewidth=1.4, zorder=1.5)
        for x, y, row in line:
            _point(axes, x, y, "o", theme.muted, times[row["variant"]], theme)
            _label(axes, x, y, f"\u03b1 {row['alpha']:g}", theme.muted, (-5, 6), "right")
    for row in cut:
        time = times[row["variant"]]
        x, y, colour = time["median_us"] / 1e3, 100 * row["top1"], colours(theme, methods)[row["method"]]
        _point(axes, x, y, markers(methods)[row["method"]], colour, time, theme)
        _label(axes, x, y, f"{row['amount']:g}", theme.text, (5, 4), "left")
    axes.margins(0.19, 0.14)


def _point(axes: Axes, x: float, y: float, marker: str, colour: Any, time: Row, theme: Theme) -> None:
    """Hollow where the run was not quiet."""
    filled = theme.background if time["status"] == UNSTABLE else colour
    axes.plot(
        x,
        y,
        linestyle="",
        marker=marker,
        markersize=7,
        markerfacecolor=filled,
        markeredgecolor=colour,
        markeredgewidth=1.4,
        zorder=3,
    )


def _label(axes: Axes, x: float, y: float, text: str, colour: str, offset: tuple[int, int], side: str) -> None:
    axes.annotate(text, (x, y), xytext=offset, textcoords="offset points", ha=side, fontsize=8, color=colour, zorder=4)


def _known(row: Row) -> bool:
    return row.get("top1") is not None
