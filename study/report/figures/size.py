"""Size of every variant, one panel an architecture: from the file itself down to its smallest form."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from study.report import names
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme, colours
from study.report.inputs import Row
from study.report.rows.shipping import size_column, size_words

LINE, GAP = 0.11, 0.16  # inches: a recipe's line, the room between two schemes


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """A line a variant: its right end is the file, the point on its left what is left of it."""
    rows = [row for row in facts.results if row.get("file_bytes") is not None]
    if not rows:
        return None
    archs, small = names.distinct(rows, "arch"), size_column(rows)
    recipes = {(row["method"], row["amount"], row["seed"]) for row in rows}
    palette = colours(theme, list(dict.fromkeys(names.recipe(row) for row in rows)))
    across = len(archs) if len(archs) < 4 else 2 if len(archs) == 4 else 3
    lines = [archs[start : start + across] for start in range(0, len(archs), across)]
    schemes = {arch: names.distinct([row for row in rows if row["arch"] == arch], "quantization") for arch in archs}
    room = LINE * len(recipes) + GAP
    heights = [max(room * max(len(schemes[arch]) for arch in line), 0.6) for line in lines]
    figure = Figure(figsize=(WIDTH, sum(heights) + 0.85 * len(lines) + 0.7), layout="constrained")
    grid = figure.subplots(len(lines), across, squeeze=False, sharex=True, height_ratios=heights)
    for axes, arch in zip(grid.flat, archs, strict=False):
        _panel(axes, [row for row in rows if row["arch"] == arch], schemes[arch], small, palette, room, theme)
        axes.set_title(names.shorten(arch, 40))
    for axes in grid.flat[len(archs) :]:
        axes.set_visible(False)
    figure.supxlabel("Size [MB], logarithmic", fontsize=10, color=theme.text)
    handles = [Line2D([], [], color=colour, linewidth=2.2) for colour in palette.values()]
    handles += [
        Line2D([], [], linestyle="", marker="o", color=theme.text),
        Line2D([], [], linestyle="", marker="|", markersize=9, color=theme.text),
    ]
    titles = [*palette, size_words(small), "file"]
    figure.legend(handles, titles, loc="outside upper right", ncols=min(len(handles), 6))
    return figure


def _panel(
    axes: Axes, rows: list[Row], schemes: list[str], small: str, palette: dict[str, str], room: float, theme: Theme
) -> None:
    for place, scheme in enumerate(schemes):
        own = [row for row in rows if row["quantization"] == scheme]
        for index, row in enumerate(own):
            y, colour = place + (index - (len(own) - 1) / 2) * LINE / room, palette[names.recipe(row)]
            ends = [row[key] / 1e6 for key in (small, "file_bytes") if row.get(key) is not None]
            axes.plot(ends, [y] * len(ends), color=colour, linewidth=1.6, alpha=0.55)
            axes.plot(ends[-1], y, color=colour, marker="|", markersize=6.5)
            if len(ends) > 1:
                axes.plot(ends[0], y, color=colour, marker="o", markersize=4.6)
    for place in range(1, len(schemes)):
        axes.axhline(place - 0.5, color=theme.grid, linewidth=0.8)
    axes.set_yticks(range(len(schemes)), [names.shorten(scheme, 28) for scheme in schemes])
    axes.set_ylim(len(schemes) - 0.5, -0.5)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelbottom=True)
