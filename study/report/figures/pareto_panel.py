"""One panel of accuracy against a cost, with the front drawn and everything dominated greyed."""

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from study.report import names
from study.report.figures.style import Theme, colours, markers
from study.report.inputs import Row
from study.report.pareto import front


def front_rows(rows: Sequence[Row], key: str) -> list[Row]:
    """The rows on the front, cheapest first: the numbers in the panel count along this list."""
    usable = [row for row in rows if row.get("top1") is not None and row.get(key) is not None]
    marks = front([row[key] for row in usable], [row["top1"] for row in usable])
    kept = [row for row, mark in zip(usable, marks, strict=True) if mark]
    return sorted(kept, key=lambda row: (row[key], row["variant"]))


def panel(
    axes: Axes,
    rows: Sequence[Row],
    key: str,
    scale: float,
    archs: Sequence[str],
    schemes: Sequence[str],
    theme: Theme,
) -> None:
    """Points: colour is the architecture, marker the scheme; the front's are numbered from cheap to dear."""
    usable = [row for row in rows if row.get("top1") is not None and row.get(key) is not None]
    best = front_rows(usable, key)
    names_best = {row["variant"] for row in best}
    palette, shapes = colours(theme, archs), markers(schemes)
    for on_front in (False, True):
        shown = [row for row in usable if (row["variant"] in names_best) == on_front]
        frame = pd.DataFrame(
            {
                "cost": [row[key] * scale for row in shown],
                "gain": [100 * row["top1"] for row in shown],
                "arch": [row["arch"] for row in shown],
                "scheme": [row["quantization"] for row in shown],
            }
        )
        if shown:
            sns.scatterplot(
                frame,
                x="cost",
                y="gain",
                style="scheme",
                hue="arch" if on_front else None,
                ax=axes,
                markers=shapes,
                palette=palette if on_front else None,
                color=None if on_front else theme.muted,
                alpha=1.0 if on_front else 0.45,
                s=80 if on_front else 42,
                legend=False,
                zorder=3 if on_front else 2,
                edgecolor=theme.background,
                linewidth=0.6,
            )
    axes.plot(
        [row[key] * scale for row in best],
        [100 * row["top1"] for row in best],
        color=theme.muted,
        linewidth=1.3,
        zorder=2.5,
        drawstyle="steps-post",
    )
    for number, row in enumerate(best, start=1):
        axes.annotate(
            str(number),
            (row[key] * scale, 100 * row["top1"]),
            xytext=(-3, 7),
            ha="right",
            textcoords="offset points",
            fontsize=9.5,
            fontweight="bold",
            color=theme.text,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.08, y=0.1)


def legend(figure: Figure, archs: Sequence[str], schemes: Sequence[str], theme: Theme) -> None:
    """One legend for all panels: colours, markers, what grey means."""
    handles = [
        Line2D([], [], linestyle="", marker="o", markersize=8, color=colour)
        for colour in colours(theme, archs).values()
    ]
    shapes = [
        Line2D([], [], linestyle="", marker=marker, markersize=7.5, color=theme.text)
        for marker in markers(schemes).values()
    ]
    rest = [
        Line2D([], [], linestyle="", marker="o", markersize=6, color=theme.muted, alpha=0.6),
        Line2D([], [], color=theme.muted, linewidth=1.3),
    ]
    labels = [names.shorten(name, 28) for name in [*archs, *schemes]]
    figure.legend([*handles, *shapes, *rest], [*labels, "dominated", "Pareto front"], loc="outside right upper")
