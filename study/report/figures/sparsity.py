"""Top-1 over the share of weights that is pruned: hue is the architecture, style the scheme; one panel a method.

Methods that cut whole channels are left out: their amount is no sparsity.
"""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.report import names
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme, colours, dashes, markers
from study.report.inputs import Row

PRUNED = "Pruned weights [%]"
MANY_LINES = 12
FEW_PANELS = 6


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """Dense models are the 0 % of every method. Too many lines for one panel are split by scheme."""
    rows = [row for row in facts.results if row.get("top1") is not None and row["sparsity_target"] is not None]
    archs, schemes = names.distinct(rows, "arch"), names.distinct(rows, "quantization")
    methods = [method for method in names.distinct(rows, "method") if method != "dense"]
    if not methods:
        return None
    apart = len(archs) * len(schemes) > MANY_LINES
    panels = [
        (method, group)
        for method in methods
        for group in ([[s] for s in schemes] if apart else [schemes])
        if any(row["method"] == method and row["quantization"] in group for row in rows)
    ]
    across = min(len(panels), 3 if len(panels) <= FEW_PANELS else 4)
    down = -(-len(panels) // across)
    figure = Figure(figsize=(WIDTH, (4.6 if down == 1 else 3.6 if across < 4 else 3.0) * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (method, group) in zip(grid.flat, panels, strict=False):
        shown = [row for row in rows if row["method"] in ("dense", method) and row["quantization"] in group]
        _panel(axes, shown, archs, [""] if apart else group, theme)
        parts = [names.shorten(part, 26) for part in [method, *(group if apart else [])]]
        axes.set_title((" \u00b7 " if across < 4 else "\n").join(parts))
    _legend(figure, archs, [] if apart else schemes, theme)
    return figure


def _panel(axes: Axes, rows: list[Row], archs: list[str], schemes: list[str], theme: Theme) -> None:
    frame = pd.DataFrame(
        {
            PRUNED: [row["amount"] for row in rows],
            "Top-1 [%]": [100 * row["top1"] for row in rows],
            "arch": [row["arch"] for row in rows],
            "scheme": [row["quantization"] if schemes != [""] else "" for row in rows],
        }
    )
    sns.lineplot(
        frame,
        x=PRUNED,
        y="Top-1 [%]",
        hue="arch",
        style="scheme",
        ax=axes,
        legend=False,
        palette=colours(theme, archs),
        hue_order=archs,
        style_order=schemes,
        dashes=dashes(schemes),
        markers=markers(schemes),
        errorbar=("pi", 100),
    )
    axes.set_xticks(sorted(set(frame[PRUNED])))


def _legend(figure: Figure, archs: list[str], schemes: list[str], theme: Theme) -> None:
    handles = [Line2D([], [], color=colour) for colour in colours(theme, archs).values()]
    dash, shape = dashes(schemes), markers(schemes)
    for scheme in schemes:
        line: Any = (0, dash[scheme]) if dash[scheme] else "-"
        handles.append(Line2D([], [], color=theme.text, marker=shape[scheme], linestyle=line))
    labels = [names.shorten(name, 28) for name in [*archs, *schemes]]
    figure.legend(handles, labels, loc="outside right upper")
