"""Change of top-1 per class, variants x classes; a frame marks what is significant after correction."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from study.report import names
from study.report.facts import Facts
from study.report.fields import minus
from study.report.figures.style import WIDTH, Theme, ink
from study.report.inputs import Row

MANY_CLASSES = 24
MANY_VARIANTS = 40  # in one figure; with more, each architecture has its own
ANNOTATED = 14  # classes at most whose cells have room for a number
ROW, TITLE, SCALE, LABELS = 0.27, 0.36, 0.5, 0.9  # inches: a row, a title, the colour scale, the class names


def architecture(arch: str) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one architecture, which has a figure of its own where one for all is too long."""
    return lambda facts, theme: heatmap(_rows(facts, arch), facts, theme) if _crowded(facts) else None


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """All compressed variants, one panel an architecture; of very many classes the most changed ones."""
    return None if _crowded(facts) else heatmap(_rows(facts), facts, theme)


def _rows(facts: Facts, arch: str | None = None) -> list[Row]:
    return [row for row in facts.per_class if row.get("delta_pp") is not None and arch in (None, row["arch"])]


def _crowded(facts: Facts) -> bool:
    return len({row["variant"] for row in _rows(facts)}) > MANY_VARIANTS


def heatmap(rows: list[Row], facts: Facts, theme: Theme) -> Figure | None:
    """Columns `class`, one panel an architecture; rows have `delta_pp` and may be `significant`."""
    if not rows:
        return None
    classes, archs = largest(rows, MANY_CLASSES), names.distinct(rows, "arch")
    panels = {arch: names.distinct([row for row in rows if row["arch"] == arch], "variant") for arch in archs}
    heights = [SCALE, *(ROW * len(variants) for variants in panels.values())]
    figure = Figure(figsize=(WIDTH, sum(heights) + TITLE * len(archs) + LABELS), layout="constrained")
    top, *grid = figure.subplots(len(archs) + 1, 1, height_ratios=heights)
    limit = max(max(abs(row["delta_pp"]) for row in rows), 1.0)
    colours = ScalarMappable(
        Normalize(-limit, limit),
        LinearSegmentedColormap.from_list("change", [theme.loss, theme.background, theme.gain]),
    )
    by = {(row["variant"], row["class"]): row for row in rows}
    for axes, (arch, variants) in zip(grid, panels.items(), strict=True):
        _panel(axes, [[by.get((variant, name)) for name in classes] for variant in variants], colours, theme)
        labels = [names.treatment(next(row for row in rows if row["variant"] == v), _seeds(facts)) for v in variants]
        axes.set_yticks(np.arange(len(variants)) + 0.5, labels, rotation=0)
        axes.set_xticks([])
        axes.set_title(names.shorten(arch, 60))
    _class_names(grid[-1], names.short_names(classes, 16))
    _scale(top, colours)
    return figure


def largest(rows: Sequence[Row], limit: int) -> list[str]:
    """The classes in their own order; if more than `limit`, those with the largest change in any variant."""
    size: dict[str, float] = {}
    for row in rows:
        size[row["class"]] = max(size.get(row["class"], 0.0), abs(row["delta_pp"]))
    kept = set(sorted(size, key=lambda name: -size[name])[:limit])
    return [name for name in size if name in kept]


def _panel(axes: Axes, cells: list[list[Row | None]], colours: ScalarMappable, theme: Theme) -> None:
    values = np.array([[float("nan") if cell is None else cell["delta_pp"] for cell in line] for line in cells])
    low, high = colours.get_clim()
    sns.heatmap(
        pd.DataFrame(values),
        ax=axes,
        cmap=colours.cmap,
        vmin=low,
        vmax=high,
        cbar=False,
        linewidths=0.6,
        linecolor=theme.grid,
        annot=_said(values) if values.shape[1] <= ANNOTATED else None,
        fmt="",
        annot_kws={"fontsize": 9},
    )
    for text, value in zip(axes.texts, values.flat, strict=False):
        text.set_color(ink(colours.to_rgba(np.array([value]))[0]))
    for y, line in enumerate(cells):
        for x, cell in enumerate(line):
            if cell is not None and cell.get("significant"):
                frame = Rectangle((x + 0.03, y + 0.06), 0.94, 0.88, fill=False, linewidth=1.8)
                frame.set(edgecolor=theme.text, clip_on=False)
                axes.add_patch(frame)
    axes.tick_params(axis="both", length=0)


def _said(values: npt.NDArray[np.float64]) -> npt.NDArray[np.str_]:
    signs = [["" if value != value else minus(f"{value:+.1f}") for value in line] for line in values]
    return np.array([["0.0" if text[1:] == "0.0" else text for text in line] for line in signs])


def _class_names(axes: Axes, labels: Sequence[str]) -> None:
    """Level where they fit side by side, slanted where they do not."""
    fits = max(len(label) for label in labels) * 0.085 < (WIDTH - 2.6) / len(labels)
    slant: Mapping[str, object] = {} if fits else {"rotation": 35, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(np.arange(len(labels)) + 0.5, labels, **slant)  # type: ignore[arg-type]


def _scale(axes: Axes, colours: ScalarMappable) -> None:
    """The colour scale in a row of its own, so that it is as large beside three rows as beside a hundred."""
    axes.set_axis_off()
    bar = axes.figure.colorbar(colours, cax=axes.inset_axes((0.66, 0.45, 0.34, 0.3)), orientation="horizontal")
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.ax.tick_params(length=0)
    axes.text(0.645, 0.6, "Change of top-1 [percentage points]", transform=axes.transAxes, ha="right", va="center")


def _seeds(facts: Facts) -> bool:
    return names.several_seeds(facts.results)
