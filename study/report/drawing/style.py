"""The look that all figures share, in light and in dark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import seaborn as sns
from matplotlib.colors import to_rgb

WIDTH = 12.6  # inches
PIXELS = 1210  # the same on a screen
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*", "p", "<", ">", "h"]
DASHES: list[Any] = ["", (4, 2), (1, 1.5), (6, 2, 1, 2), (3, 1, 1, 1, 1, 1), (8, 3)]


@dataclass(frozen=True)
class Theme:
    """Colours of one theme. Series colours are Okabe and Ito's, told apart by the color-blind too."""

    name: str
    suffix: str
    background: str
    text: str
    muted: str
    grid: str
    loss: str
    gain: str
    series: tuple[str, ...]


LIGHT_SERIES = "#0072b2 #d55e00 #009e73 #b0568c #b8860b #4a9fd0 #444444 #8c564b".split()
DARK_SERIES = "#56b4e9 #f28e4b #2cc295 #e08fc0 #e6b422 #8fd3f4 #c8c8c8 #c49c94".split()
LIGHT = Theme("light", "", "#ffffff", "#1c2128", "#7d8590", "#e3e6ea", "#c4500b", "#0072b2", tuple(LIGHT_SERIES))
DARK = Theme("dark", "-dark", "#161b22", "#e6e9ed", "#8b949e", "#30363d", "#f0883e", "#56b4e9", tuple(DARK_SERIES))
THEMES = (LIGHT, DARK)


def settings(theme: Theme) -> Mapping[str, Any]:
    """Matplotlib settings: text stays text (any script, selectable), no mathtext, the same ids every time."""
    ground = dict.fromkeys(
        "figure.facecolor axes.facecolor savefig.facecolor patch.edgecolor".split(), theme.background
    )
    lines = dict.fromkeys("axes.edgecolor grid.color".split(), theme.grid)
    ticks = dict.fromkeys("xtick.color ytick.color".split(), theme.muted)
    ink = "text.color axes.labelcolor axes.titlecolor xtick.labelcolor ytick.labelcolor legend.labelcolor".split()
    small = "xtick.labelsize ytick.labelsize legend.fontsize legend.title_fontsize".split()
    colored = ground | lines | ticks | dict.fromkeys(ink, theme.text)
    found: Mapping[str, Any] = (
        sns.axes_style("whitegrid")
        | colored
        | dict.fromkeys(small, 9.5)
        | {
            "font.family": ["DejaVu Sans"],
            "font.size": 10,
            "axes.titlesize": 11,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.labelsize": 10,
            "legend.frameon": False,
            "figure.constrained_layout.h_pad": 0.09,
            "figure.constrained_layout.w_pad": 0.09,
            "svg.fonttype": "none",
            "svg.hashsalt": "tflite-compression-study",
            "text.parse_math": False,
            "axes.formatter.use_mathtext": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "lines.linewidth": 1.8,
            "lines.markersize": 6.5,
        }
    )
    return found


def colours(theme: Theme, names: Sequence[str]) -> Mapping[str, Any]:
    """One colour a name; beyond the hand-picked ones, evenly spaced hues."""
    if len(names) <= len(theme.series):
        return dict(zip(names, theme.series, strict=False))
    return dict(zip(names, sns.husl_palette(len(names), l=0.5 if theme.name == "light" else 0.7), strict=True))


def ink(background: Any) -> str:
    """Black or white, whichever has more contrast on a colour (WCAG 2 relative luminance)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(background)]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#111111" if light > 0.18 else "#ffffff"


def markers(names: Sequence[str]) -> dict[str, str]:
    """One marker a name, repeating after twelve."""
    return {name: MARKERS[index % len(MARKERS)] for index, name in enumerate(names)}


def dashes(names: Sequence[str]) -> Mapping[str, Any]:
    """One dash pattern a name, repeating after six."""
    return {name: DASHES[index % len(DASHES)] for index, name in enumerate(names)}
