"""How methods came to what they cut: one figure an architecture, one panel a kind of record, one line a network.

Colour and marker are the method, dashes the amount.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from study.report import names
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme, colours, dashes, markers
from study.report.inputs import Row
from study.report.structured.models import first_seeds

ACROSS = 3


@dataclass(frozen=True)
class Panel:
    """What a panel shows: a table of the record, its columns for x and y, titles, and the scales of their units."""

    title: str
    table: str
    x: str
    y: str
    x_title: str
    y_title: str
    x_scale: float = 1.0
    y_scale: float = 1.0
    before: str = ""  # a column that is drawn pale beside y
    falling: bool = False


@dataclass(frozen=True)
class _Look:
    """Matplotlib's names of what tells a line from others."""

    color: Any
    marker: str
    linestyle: Any


PANELS = (
    Panel("Share over epochs", "schedule", "epoch", "share", "Epoch of the choice", "Share of channels [%]", 1, 100),
    Panel("Factor over epochs", "schedule", "epoch", "factor", "Epoch of the choice", "Factor of weakened filters"),
    Panel("Filters that came back", "schedule", "epoch", "returned", "Epoch of the choice", "Filters"),
    Panel("Share over steps", "schedule", "step", "share", "Step", "Share of channels [%]", 1, 100),
    Panel("Penalty over steps", "schedule", "step", "penalty", "Step", "Penalty"),
    Panel(
        "Scales of batch normalisation",
        "scales",
        "quantile",
        "after",
        "Channels, from the smallest scale [%]",
        "Scale (pale: before)",
        100,
        1,
        "before",
    ),
    Panel(
        "Predicted loss over cost",
        "plan",
        "cost",
        "predicted_loss_pp",
        "Cost that is left [%]",
        "Predicted loss [points]",
        100,
        1,
        "",
        True,
    ),
)


def architecture(arch: str) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one architecture."""
    return lambda facts, theme: draw([row for row in facts.structured_models if row["arch"] == arch], theme)


def draw(made: Sequence[Row], theme: Theme) -> Figure | None:
    """Panels that have no line are left out."""
    made = first_seeds(made)
    panels = [panel for panel in PANELS if any(_points(row, panel, panel.y) for row in made)]
    if not panels:
        return None
    shown = [row for row in made if any(_points(row, panel, panel.y) for panel in panels)]
    methods, amounts = names.distinct(shown, "method"), names.distinct(shown, "amount")
    hues, shapes, strokes = colours(theme, methods), markers(methods), dashes(amounts)
    looks = [_Look(hues[row["method"]], shapes[row["method"]], _stroke(strokes[str(row["amount"])])) for row in shown]
    across = min(len(panels), ACROSS)
    down = -(-len(panels) // across)
    figure = Figure(figsize=(WIDTH, 3.1 * down + 0.25 * (1 + len(shown) // 5)), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=False):
        for row, look in zip(shown, looks, strict=True):
            _line(axes, row, panel, look)
        axes.set_title(panel.title)
        axes.set_xlabel(panel.x_title)
        axes.set_ylabel(panel.y_title)
        if panel.x in ("epoch", "step"):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if panel.falling:
            axes.invert_xaxis()
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    handles = [Line2D([], [], markersize=5, **vars(look)) for look in looks]
    figure.legend(handles, [names.recipe(row) for row in shown], loc="outside upper left", ncols=5, handlelength=3.2)
    return figure


def _line(axes: Axes, row: Row, panel: Panel, look: _Look) -> None:
    points = _points(row, panel, panel.y)
    axes.plot(*_axes(points), **vars(look), markersize=4, markevery=max(1, len(points) // 10))
    if panel.before:
        before = _axes(_points(row, panel, panel.before))
        axes.plot(*before, color=look.color, linestyle=look.linestyle, linewidth=1.4, alpha=0.45)


def _stroke(dash: Any) -> Any:
    return (0, dash) if dash else "-"


def _points(row: Row, panel: Panel, y: str) -> list[tuple[float, float]]:
    return [
        (panel.x_scale * line[panel.x], panel.y_scale * line[y])
        for line in row[panel.table]
        if line.get(panel.x) is not None and line.get(y) is not None
    ]


def _axes(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
