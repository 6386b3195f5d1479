"""One panel of accuracy against a cost, with the front drawn and everything dominated greyed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from study.report import names
from study.report.figures.style import Theme
from study.report.inputs import Row
from study.report.pareto import front

CLOSE = 0.045  # points nearer than this share of the panel have their numbers stacked


@dataclass(frozen=True)
class View:
    """What is set against what: a column of costs and the scale of its unit, and a column of fractions."""

    cost: str
    scale: float
    gain: str = "top1"


@dataclass(frozen=True)
class Key:
    """How a point tells what it is: a colour by one label, a marker by another."""

    hue: names.Label
    colours: Mapping[str, str]
    shape: names.Label
    markers: Mapping[str, str]


def front_rows(rows: Sequence[Row], cost: str, gain: str = "top1") -> list[Row]:
    """The rows on the front, cheapest first: the numbers in the panel count along this list."""
    usable = _usable(rows, cost, gain)
    marks = front([row[cost] for row in usable], [row[gain] for row in usable])
    kept = [row for row, mark in zip(usable, marks, strict=True) if mark]
    return sorted(kept, key=lambda row: (row[cost], row["variant"]))


def panel(axes: Axes, rows: Sequence[Row], view: View, key: Key, theme: Theme) -> None:
    """Points of all rows that have both values; the front's are numbered from cheap to dear."""
    best = front_rows(rows, view.cost, view.gain)
    names_best = {row["variant"] for row in best}
    rest = [row for row in _usable(rows, view.cost, view.gain) if row["variant"] not in names_best]
    for row in rest:
        axes.scatter(
            *_place(row, view),
            s=26,
            marker=key.markers[key.shape(row)],
            color=theme.muted,
            alpha=0.4,
            linewidth=0,
            zorder=2,
        )
    places = [_place(row, view) for row in best]
    axes.plot(*zip(*places, strict=True), color=theme.muted, linewidth=1.3, zorder=2.5, drawstyle="steps-post")
    for row, place in zip(best, places, strict=True):
        axes.scatter(
            *place,
            s=80,
            marker=key.markers[key.shape(row)],
            color=key.colours[key.hue(row)],
            zorder=3,
            edgecolor=theme.background,
            linewidth=0.6,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.08, y=0.1)
    _number(axes, places, theme)


def legend(figure: Figure, key: Key, theme: Theme) -> None:
    """One legend for all panels: colours, markers, what grey means."""
    handles = [Line2D([], [], linestyle="", marker="o", markersize=8, color=each) for each in key.colours.values()]
    handles += [
        Line2D([], [], linestyle="", marker=marker, markersize=7.5, color=theme.text) for marker in key.markers.values()
    ]
    handles += [
        Line2D([], [], linestyle="", marker="o", markersize=6, color=theme.muted, alpha=0.6),
        Line2D([], [], color=theme.muted, linewidth=1.3),
    ]
    labels = [names.shorten(name, 28) for name in [*key.colours, *key.markers]]
    figure.legend(handles, [*labels, "dominated", "Pareto front"], loc="outside right upper")


def _usable(rows: Sequence[Row], cost: str, gain: str) -> list[Row]:
    return [row for row in rows if row.get(cost) is not None and row.get(gain) is not None]


def _place(row: Row, view: View) -> tuple[float, float]:
    return row[view.cost] * view.scale, 100 * row[view.gain]


def _number(axes: Axes, places: Sequence[tuple[float, float]], theme: Theme) -> None:
    """Numbers above and left of their points, where the front leaves room; those of a cluster climb away from it."""
    axes.autoscale_view()
    to_share = axes.transData + axes.transAxes.inverted()
    last, lift = (-1.0, -1.0), 0
    for number, place in enumerate(places, start=1):
        x, y = to_share.transform(place)
        lift = lift + 1 if abs(x - last[0]) < CLOSE and abs(y - last[1]) < 2 * CLOSE else 0
        last = (x, y)
        axes.annotate(
            str(number),
            place,
            xytext=(-4 - 7 * lift, 6 + 8 * lift),
            ha="right",
            textcoords="offset points",
            fontsize=9.5,
            fontweight="bold",
            color=theme.text,
            zorder=4,
            arrowprops={"arrowstyle": "-", "color": theme.muted, "linewidth": 0.6, "shrinkA": 0} if lift else None,
        )
