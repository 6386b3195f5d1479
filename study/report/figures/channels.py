"""Channels that structured networks keep, layer by layer: one figure an architecture, one row a network."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from study.report import names
from study.report.facts import Facts
from study.report.figures.strips import LAYERS, ROW, Values, layer_names, lines, strip, width
from study.report.figures.style import WIDTH, Theme
from study.report.inputs import Row
from study.report.structured.models import first_seeds

FULL = "full network"


def architecture(arch: str) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one architecture."""
    return lambda facts, theme: draw([row for row in facts.structured_models if row["arch"] == arch], theme)


def draw(made: Sequence[Row], theme: Theme) -> Figure | None:
    """A cell's colour is the share of a layer's channels that is kept, its number how many; above, the full network."""
    made = [row for row in first_seeds(made) if row["channels"]]
    full = {str(one["layer"]): int(one["of"]) for row in made for one in row["channels"]}
    if not full:
        return None
    layers, parts = list(full), lines(len(full))
    kept = np.array([list(full.values()), *(_kept(row, layers) for row in made)], dtype=float)
    height = (ROW * len(kept) + LAYERS) * len(parts) + 0.5
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    grid = figure.subplots(len(parts), 1, squeeze=False)
    colours = ScalarMappable(Normalize(0, 1), LinearSegmentedColormap.from_list("kept", [theme.background, theme.gain]))
    rows = [FULL, *(names.recipe(row) for row in made)]
    grid[0, 0].set_title("Channels kept in each layer")
    for axes, part in zip(grid.flat, parts, strict=True):
        own = kept[:, part]
        texts = [["" if value != value else f"{value:.0f}" for value in line] for line in own]
        strip(axes, own / kept[:1, part], texts, rows, colours, theme, width(len(layers)))
        layer_names(axes, layers[part])
    return figure


def _kept(row: Row, layers: Sequence[str]) -> Values:
    found = {str(one["layer"]): float(one["kept"]) for one in row["channels"]}
    return np.array([found.get(layer, np.nan) for layer in layers])
