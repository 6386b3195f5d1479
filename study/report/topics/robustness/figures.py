"""Accuracy over severity of corruption, and its change under each corruption."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from study.report import names
from study.report.drawing.render import Draw
from study.report.drawing.style import WIDTH, Theme, colours, dashes, ink, markers
from study.report.fields import minus
from study.report.tables import Tables, known, records
from study.report.topics.robustness.accuracies import described
from study.tasks.robustness import CLEAN

ACROSS = 4  # panels side by side; a fifth recipe starts another line
NAME = 34
MANY = 40  # variants in one heat map; with more, each architecture has its own
ANNOTATED, LEVEL = 14, 7  # columns whose cells have room for a number, whose names fit side by side
LINE, LEGEND = 2.7, 0.3  # inches: a line of panels, one of the legend
ROW, TITLE, SCALE, LABELS = 0.27, 0.36, 0.5, 0.9  # inches: a row, a title, the colour scale, the names of columns
ALL = "all corruptions"


def change_name(arch: str) -> str:
    """File stem of an architecture's own heat map of changes by corruption."""
    return f"robustness_change_{names.file_stem(arch)}"


def figures(tables: Tables) -> Mapping[str, Draw]:
    """The curves, and a heat map of all variants, or of each architecture where those are too many."""
    rows = changes(tables)
    groups = {change_name(str(arch)): own for arch, own in rows.groupby("arch", sort=False)}
    if rows["variant"].nunique() <= MANY:
        groups = {"robustness_change": rows}
    return {"robustness": curves} | {name: partial(heatmap, own) for name, own in groups.items()}


def curves(tables: Tables, theme: Theme) -> Figure | None:
    """One panel an architecture and recipe (of a family, and level), one line a scheme: means over corruptions; 0 is
    the clean images.
    """
    rows = known(described(tables), "severity")
    rows = rows[rows["class"].isna()]
    if rows.empty:
        return None
    rows = rows.assign(recipe=[names.network(row) for row in records(rows)], accuracy=100 * rows["accuracy"])
    keys = "arch recipe quantization variant severity".split()
    rows = rows.groupby(keys, sort=False)["accuracy"].mean().reset_index()
    panels = []
    for arch, own in rows.groupby("arch", sort=False):
        recipes = names.distinct(own, "recipe")
        panels += [(str(arch), recipes[start : start + ACROSS]) for start in range(0, len(recipes), ACROSS)]
    across, schemes = max(len(some) for _, some in panels), names.distinct(rows, "quantization")
    colour, dash, shape = colours(theme, schemes), dashes(schemes), markers(schemes)
    figure = Figure(figsize=(WIDTH, LINE * len(panels) + LEGEND), layout="constrained")
    grid = figure.subplots(len(panels), across, squeeze=False, sharex=True, sharey="row")
    for line, (arch, some) in zip(grid, panels, strict=True):
        for axes in line[len(some) :]:
            axes.set_visible(False)
        for axes, recipe in zip(line, some, strict=False):
            own = rows[(rows["arch"] == arch) & (rows["recipe"] == recipe)]
            by = {"hue": "quantization", "hue_order": schemes, "style": "quantization", "style_order": schemes}
            look = {"palette": colour, "dashes": dash, "markers": shape, "errorbar": ("pi", 100), "legend": False}
            sns.lineplot(own, x="severity", y="accuracy", ax=axes, **by, **look)
            axes.set_title(f"{names.shorten(arch, NAME)}\n{names.shorten(recipe, NAME)}", fontsize=10)
            axes.set(xlabel="Severity", ylabel="Top-1 [%]")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.tick_params(labelbottom=True)
    handles = [Line2D([], [], color=colour[s], marker=shape[s], ls=(0, dash[s]) if dash[s] else "-") for s in schemes]
    titles = [names.shorten(name, 28) for name in schemes]
    figure.legend(handles, titles, loc="outside upper center", ncols=min(len(schemes), 6))
    return figure


def changes(tables: Tables) -> pd.DataFrame:
    """Changes of compressed variants on the clean images, over all corruptions, and under each (`column`).

    `framed` are the significant means over all corruptions: the others are not tested.
    """
    rows = known(described(tables), "delta_pp")
    clean = rows["corruption"] == CLEAN.corruption
    rows = rows[rows["class"].isna() & (rows["severity"].isna() | clean)]
    columns = [str(name).replace("_", " ") for name in rows["corruption"].fillna(ALL)]
    rows = rows.assign(column=columns, framed=rows["significant"].eq(True))
    return rows.iloc[(rows["column"] != CLEAN.corruption).argsort(kind="stable")]


def heatmap(rows: pd.DataFrame, tables: Tables, theme: Theme) -> Figure | None:
    """Variants by `column`, one panel an architecture, `framed` ones in a frame."""
    if rows.empty:
        return None
    columns, seeds = names.distinct(rows, "column"), names.several_seeds(tables["results"])
    panels = list(rows.groupby("arch", sort=False))
    heights = [SCALE, *(ROW * own["variant"].nunique() for _, own in panels)]
    figure = Figure(figsize=(WIDTH, sum(heights) + TITLE * len(panels) + LABELS), layout="constrained")
    top, *grid = figure.subplots(len(panels) + 1, 1, height_ratios=heights)
    limit = max(rows["delta_pp"].abs().max(), 1.0)
    scale = LinearSegmentedColormap.from_list("change", [theme.loss, theme.background, theme.gain])
    mapped = ScalarMappable(Normalize(-limit, limit), scale)
    for axes, (arch, own) in zip(grid, panels, strict=True):
        variants = own.drop_duplicates("variant")
        values, framed = (
            own.pivot(index="variant", columns="column", values=key).reindex(variants["variant"], columns=columns)
            for key in ("delta_pp", "framed")
        )
        _panel(axes, values.astype(float), framed.eq(True), mapped, theme)
        labels = [names.treatment(row, seeds) for row in records(variants)]
        axes.set_yticks(np.arange(len(variants)) + 0.5, labels, rotation=0)
        axes.set_xticks([])
        axes.set_title(names.shorten(str(arch), 60))
    slant = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if len(columns) > LEVEL else {}
    grid[-1].set_xticks(np.arange(len(columns)) + 0.5, columns, **slant)
    top.set_axis_off()  # the colour scale in a row of its own: as large beside three rows as beside a hundred
    bar = figure.colorbar(mapped, cax=top.inset_axes((0.66, 0.45, 0.34, 0.3)), orientation="horizontal")
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    top.text(0.645, 0.6, "Change of top-1 [percentage points]", transform=top.transAxes, ha="right", va="center")
    return figure


def _panel(axes: Axes, values: pd.DataFrame, framed: pd.DataFrame, mapped: ScalarMappable, theme: Theme) -> None:
    low, high = mapped.get_clim()
    said = values.map(lambda value: "" if value != value else minus(f"{value:+.1f}").replace("\u22120.0", "0.0"))
    texts = said.replace("+0.0", "0.0") if len(values.columns) <= ANNOTATED else None
    look = {"cmap": mapped.cmap, "vmin": low, "vmax": high, "linewidths": 0.6, "linecolor": theme.grid}
    sns.heatmap(values, ax=axes, cbar=False, annot=texts, fmt="", annot_kws={"fontsize": 9}, **look)
    for text, value in zip(axes.texts, values.to_numpy().flat, strict=False):
        text.set_color(ink(mapped.to_rgba(np.array([value]))[0]))
    for y, x in np.argwhere(framed.to_numpy()):
        frame = Rectangle((x + 0.03, y + 0.06), 0.94, 0.88, fill=False, linewidth=1.8)
        frame.set(edgecolor=theme.text, clip_on=False)
        axes.add_patch(frame)
    axes.set(xlabel="", ylabel="")
    axes.tick_params(axis="both", length=0)
