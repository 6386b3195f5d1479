"""What cutting each group of channels alone costs and saves: groups in the order of the network, a row a share."""

from collections.abc import Callable

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, PowerNorm
from matplotlib.figure import Figure

from study.report.facts import Facts
from study.report.fields import minus
from study.report.figures.strips import LAYERS, ROW, Values, layer_names, lines, strip, width
from study.report.figures.style import WIDTH, Theme
from study.report.names import NBSP
from study.report.structured.sensitivities import Sensitivity

TITLE = 0.4  # inches
PANELS = (
    ("Lost top-1 [points] where one group alone is cut", "loss_pp", 1.0),
    ("Saved cost [% of the network\u2019s]", "cost_saved", 100.0),
)
"""Title, column, scale of its unit; the names of the groups stand below the last."""


def of(found: Sensitivity) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one table of measurements."""
    return lambda facts, theme: draw(found, theme)


def draw(found: Sensitivity, theme: Theme) -> Figure | None:
    """Above points of top-1 that are lost, below the share of the network's cost that is saved."""
    groups, shares = found.groups, found.shares
    parts = lines(len(groups))
    if not parts:
        return None
    panels = [(title, key, scale, part) for part in parts for title, key, scale in PANELS]
    height = (2 * (ROW * len(shares) + TITLE) + LAYERS) * len(parts)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    grid = figure.subplots(len(panels), 1, squeeze=False)
    for axes, (title, key, scale, part) in zip(grid.flat, panels, strict=True):
        values = scale * _values(found, key)
        strip(
            axes,
            values[:, part],
            _said(values[:, part]),
            [f"{100 * share:g}{NBSP}% cut" for share in shares],
            _colours(values, key, theme),
            theme,
            width(len(groups)),
        )
        axes.set_title(title)
        if key == PANELS[-1][1]:
            layer_names(axes, groups[part])
    return figure


def _values(found: Sensitivity, key: str) -> Values:
    cells = [[row.get(key) if row else None for row in line] for line in found.cuts]
    return np.array([[np.nan if value is None else float(value) for value in line] for line in cells])


def _said(values: Values) -> list[list[str]]:
    """One decimal, none from ten on: a cell has room for three signs."""
    texts = [
        ["" if value != value else f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.1f}" for value in line]
        for line in values
    ]
    return [[minus("0.0" if text == "-0.0" else text) for text in line] for line in texts]


def _colours(values: Values, key: str, theme: Theme) -> ScalarMappable:
    """From the background up; losses by their root, since one group that breaks the network would pale all others."""
    most = max(float(np.nanmax(values, initial=0.0)), 1e-9)
    norm: Normalize = PowerNorm(0.5, 0, most, clip=True) if key == "loss_pp" else Normalize(0, most, clip=True)
    strong = theme.loss if key == "loss_pp" else theme.gain
    return ScalarMappable(norm, LinearSegmentedColormap.from_list(key, [theme.background, strong]))
