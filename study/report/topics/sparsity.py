"""Sparsity: top-1 over the share of pruned weights, and which pruned files the runtime computes on as they are.

Methods that cut whole channels are left out: their amount is no sparsity.
"""

from collections.abc import Collection
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.plan.variant import DENSE, Recipe
from study.report import names
from study.report.blocks import Section, picture
from study.report.drawing.style import WIDTH, Theme, colours, dashes, markers
from study.report.shown import plain
from study.report.tables import Tables, known, records
from study.report.topics.topic import Topic

PRUNED, TOP1 = "Pruned weights [%]", "Top-1 [%]"
MANY_LINES = 12
FEW_PANELS = 6
SCHEMES = ("float32", "float32_sparse")
ALT = "Top-1 accuracy over the share of pruned weights for each architecture and scheme"
OVER = (
    "Top-1 on the test images over the share of weights that is pruned. 0 %: the whole network with as much training; "
    "of a network that has no such control, the dense one, which was trained less. With several seeds: their mean, and "
    "their range shaded. Files that collapsed are left out."
)
CAPTION = (
    "Sparse inference: whether XNNPACK can compute on the sparse weights of a pruned float32 file (eligible), or which "
    "of its rules the network does not meet. Only an eligible network can gain speed from its zeros there."
)


def draw(tables: Tables, theme: Theme) -> Figure | None:
    """Hue is the architecture, style the scheme, one panel a method; the 0 % are those of `with_whole`.

    Too many lines for one panel are split by scheme.
    """
    rows = known(tables["results"], "top1", "sparsity_target")
    rows = rows[rows["collapsed"].isna()]
    archs, schemes = names.distinct(rows, "arch"), names.distinct(rows, "quantization")
    apart = len(archs) * len(schemes) > MANY_LINES
    pruned = rows[rows["amount"] > 0]  # a control is no method that prunes
    panels = [
        (method, group)
        for method in names.distinct(pruned, "method")
        for group in ([[scheme] for scheme in schemes] if apart else [schemes])
        if (pruned["method"].eq(method) & pruned["quantization"].isin(group)).any()
    ]
    if not panels:
        return None
    across = min(len(panels), 3 if len(panels) <= FEW_PANELS else 4)
    down = -(-len(panels) // across)
    figure = Figure(figsize=(WIDTH, (4.6 if down == 1 else 3.6 if across < 4 else 3.0) * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (method, group) in zip(grid.flat, panels, strict=False):
        shown = with_whole(rows, method)
        shown = shown[shown["quantization"].isin(group)]
        _panel(axes, shown, archs, group, theme)
        parts = [names.shorten(part, 26) for part in [method, *(group if apart else [])]]
        axes.set_title((" \u00b7 " if across < 4 else "\n").join(parts))
    _legend(figure, archs, [] if apart else schemes, theme)
    return figure


def with_whole(rows: pd.DataFrame, method: str) -> pd.DataFrame:
    """The rows of a method and those of its 0 %: of each network the control, or, where it has none, the dense one."""
    control = rows[rows["method"] == Recipe(method, 1).control.method]
    dense = rows[(rows["method"] == DENSE) & ~rows["arch"].isin(control["arch"])]
    return pd.concat([control, dense, rows[rows["method"] == method]]).sort_index()


def _panel(axes: Axes, rows: pd.DataFrame, archs: list[str], schemes: list[str], theme: Theme) -> None:
    hue = {"hue": "arch", "hue_order": archs, "palette": colours(theme, archs)}
    style = {"style": "quantization", "style_order": schemes, "dashes": dashes(schemes), "markers": markers(schemes)}
    shown = rows.assign(**{PRUNED: rows["amount"], TOP1: 100 * rows["top1"]})
    sns.lineplot(shown, x=PRUNED, y=TOP1, ax=axes, legend=False, errorbar=("pi", 100), **hue, **style)
    axes.set_xticks(sorted(set(rows["amount"])))


def _legend(figure: Figure, archs: list[str], schemes: list[str], theme: Theme) -> None:
    handles = [Line2D([], [], color=colour) for colour in colours(theme, archs).values()]
    dash, shape = dashes(schemes), markers(schemes)
    for scheme in schemes:
        line: Any = (0, dash[scheme]) if dash[scheme] else "-"
        handles.append(Line2D([], [], color=theme.text, marker=shape[scheme], linestyle=line))
    labels = [names.shorten(name, 28) for name in [*archs, *schemes]]
    figure.legend(handles, labels, loc="outside right upper")


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """The figure, and a row an architecture, scheme and outcome with the recipes that have it."""
    figure = picture(drawn, "top1_over_sparsity", ALT, OVER)
    rows = known(tables["results"], "sparse_inference", "sparsity_target")
    rows = rows[rows["quantization"].isin(SCHEMES) & (rows["sparsity_target"] > 0)]
    if rows.empty:
        return Section("sparsity", "Accuracy and sparsity", figure) if figure else None
    recipes = rows.assign(recipes=[names.recipe(row) for row in records(rows)])
    groups = recipes.groupby(["arch", "quantization", "sparse_inference"], sort=False)["recipes"]
    table = groups.agg(lambda own: ", ".join(own.unique())).reset_index()
    shown = plain("sparse-inference", CAPTION, table, ["arch", "quantization", "recipes", "sparse_inference"])
    return Section("sparsity", "Accuracy and sparsity", (*figure, shown))


TOPIC = Topic(figures=lambda tables: {"top1_over_sparsity": draw}, section=section)
