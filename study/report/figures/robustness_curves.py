"""Accuracy over severity, mean over corruptions: one panel an architecture and recipe, one line a scheme."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from study.report import names
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme, colours, dashes, markers
from study.report.inputs import Row

ACROSS = 4  # panels side by side; a fifth recipe starts another line
HEIGHT = 2.7  # inches of a line of panels
LEGEND = 0.3  # inches of a line of the legend
NAME = 34


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """Severity 0 is the clean images. Nothing where nothing was corrupted."""
    rows = [row for row in facts.robustness if row.get("class") is None and row.get("severity") is not None]
    if not rows:
        return None
    schemes, archs = names.distinct(rows, "quantization"), names.distinct(rows, "arch")
    panels = [(arch, some) for arch in archs for some in _lines(_recipes([r for r in rows if r["arch"] == arch]))]
    across = max(len(some) for _, some in panels)
    figure = Figure(figsize=(WIDTH, HEIGHT * len(panels) + LEGEND), layout="constrained")
    grid = figure.subplots(len(panels), across, squeeze=False, sharex=True, sharey="row")
    for line, (arch, some) in zip(grid, panels, strict=True):
        for axes in line[len(some) :]:
            axes.set_visible(False)
        for axes, recipe in zip(line, some, strict=False):
            shown = [row for row in rows if row["arch"] == arch and names.recipe(row) == recipe]
            sns.lineplot(
                _means(shown),
                x="Severity",
                y="Top-1 [%]",
                hue="scheme",
                style="scheme",
                hue_order=schemes,
                style_order=schemes,
                palette=colours(theme, schemes),
                dashes=dashes(schemes),
                markers=markers(schemes),
                errorbar=("pi", 100),
                legend=False,
                ax=axes,
            )
            axes.set_title(f"{names.shorten(arch, NAME)}\n{names.shorten(recipe, NAME)}", fontsize=10)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.tick_params(labelbottom=True)
    _legend(figure, schemes, theme)
    return figure


def _recipes(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(names.recipe(row) for row in rows))


def _lines(recipes: list[str]) -> list[list[str]]:
    return [recipes[start : start + ACROSS] for start in range(0, len(recipes), ACROSS)]


def _means(rows: list[Row]) -> pd.DataFrame:
    """One point a variant and severity: the mean over corruptions."""
    frame = pd.DataFrame(
        {
            "variant": [row["variant"] for row in rows],
            "scheme": [row["quantization"] for row in rows],
            "Severity": [row["severity"] for row in rows],
            "Top-1 [%]": [100 * row["accuracy"] for row in rows],
        }
    )
    return frame.groupby(["variant", "scheme", "Severity"], as_index=False, sort=False).mean()


def _legend(figure: Figure, schemes: list[str], theme: Theme) -> None:
    colour, dash, shape = colours(theme, schemes), dashes(schemes), markers(schemes)
    handles = [
        Line2D([], [], color=colour[name], marker=shape[name], linestyle=(0, dash[name]) if dash[name] else "-")
        for name in schemes
    ]
    figure.legend(
        handles, [names.shorten(name, 28) for name in schemes], loc="outside upper center", ncols=min(len(schemes), 6)
    )
