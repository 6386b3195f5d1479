"""Heat maps whose columns are layers in the order of the network, in lines that leave room for a number a cell."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from study.report import names
from study.report.figures.style import Theme, ink

MOST = 42  # columns of a line
NAME = 24  # characters of a layer's name
ROW, LAYERS = 0.25, 1.45  # inches: a row, the names of the layers below
Values = npt.NDArray[np.float64]


def lines(count: int) -> list[slice]:
    """Slices that cut `count` columns into lines of nearly equal length, at most `MOST` each."""
    number = -(-count // MOST)
    ends = [round(place * count / number) for place in range(number + 1)] if number else []
    return [slice(start, end) for start, end in pairwise(ends)]


def width(count: int) -> int:
    """Columns of the longest line: all axes are as wide, so that a cell has the same size everywhere."""
    return max((part.stop - part.start for part in lines(count)), default=0)


def strip(
    axes: Axes,
    values: Values,
    texts: Sequence[Sequence[str]],
    rows: Sequence[str],
    colours: ScalarMappable,
    theme: Theme,
    columns: int,
) -> None:
    """Cells of values [R, C] with their texts, in axes that have room for `columns`; NaN is an empty cell."""
    mesh = axes.pcolormesh(np.ma.masked_invalid(values), edgecolors=theme.grid, linewidth=0.6)
    mesh.set_cmap(colours.cmap)
    mesh.set_norm(colours.norm)
    for y, line in enumerate(texts):
        for x, text in enumerate(line):
            if text:
                shade = colours.to_rgba(np.array([values[y, x]]))[0]
                axes.text(x + 0.5, y + 0.52, text, ha="center", va="center", fontsize=7, color=ink(shade))
    axes.set_xlim(0, columns)
    axes.set_ylim(len(values), 0)
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows)
    axes.set_xticks([])
    axes.tick_params(axis="both", length=0)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def layer_names(axes: Axes, layers: Sequence[str]) -> None:
    """Upright names of the columns below them."""
    axes.set_xticks(np.arange(len(layers)) + 0.5, names.short_names(layers, NAME), rotation=90, fontsize=7.5)
