"""What each lossless codec leaves of a file: one panel a recipe, one line a scheme."""

from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.report import names
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme, colours, markers
from study.report.inputs import Row
from study.report.rows.shipping import codec_columns

ROOM = 0.42  # inches a scheme
SPREAD = 0.7  # share of that room over which the codecs are spread


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """Medians over architectures and seeds, of the variants that were encoded."""
    rows = [row for row in facts.results if row.get("shipped_bytes") is not None and row.get("file_bytes")]
    codecs = [key for key in ["gzip_bytes", *codec_columns(rows)] if any(row.get(key) for row in rows)]
    if not codecs:
        return None
    panels: dict[str, list[Row]] = {}
    for row in rows:
        panels.setdefault(names.recipe(row), []).append(row)
    schemes = names.distinct(rows, "quantization")
    across = min(len(panels), 3)
    down = -(-len(panels) // across)
    figure = Figure(figsize=(WIDTH, down * (max(ROOM * len(schemes), 0.8) + 0.5) + 0.8), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes, (recipe, own) in zip(grid.flat, panels.items(), strict=False):
        _panel(axes, own, schemes, codecs, theme)
        axes.set_title(recipe)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    figure.supxlabel(
        "Share of the .tflite file that is left [%], each panel on a scale of its own", fontsize=10, color=theme.text
    )
    shapes, palette = markers(codecs), colours(theme, codecs)
    handles = [Line2D([], [], linestyle="", marker=shapes[key], color=palette[key]) for key in codecs]
    titles = [key.removesuffix("_bytes") for key in codecs]
    figure.legend(handles, titles, loc="outside upper right", ncols=len(codecs))
    return figure


def _panel(axes: Axes, rows: list[Row], schemes: list[str], codecs: list[str], theme: Theme) -> None:
    shapes, palette = markers(codecs), colours(theme, codecs)
    for place, scheme in enumerate(schemes):
        own = [row for row in rows if row["quantization"] == scheme]
        for index, key in enumerate(codecs):
            shares = [100 * row[key] / row["file_bytes"] for row in own if row.get(key) is not None]
            if shares:
                y = place + SPREAD * (index / max(len(codecs) - 1, 1) - 0.5)
                axes.plot(median(shares), y, marker=shapes[key], color=palette[key], markersize=5.5)
        if place:
            axes.axhline(place - 0.5, color=theme.grid, linewidth=0.8)
    axes.set_yticks(range(len(schemes)), [names.shorten(scheme, 28) for scheme in schemes])
    axes.set_ylim(len(schemes) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
