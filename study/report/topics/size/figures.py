"""Both sizes of every variant, on flash and as transferred, and what each lossless codec leaves of a file."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from study.report import names
from study.report.drawing.style import WIDTH, Theme, colours, markers
from study.report.shipping import codec_columns, size_column, size_words
from study.report.tables import Tables, known, records

LINE, GAP = 0.11, 0.16  # inches: a recipe's line, the room between two schemes
ROOM = 0.42  # inches a scheme
SPREAD = 0.7  # share of that room over which the codecs are spread


def size(tables: Tables, theme: Theme) -> Figure | None:
    """One panel an architecture, a line a variant: its right end is on flash, the point on its left is transferred."""
    rows = known(tables["results"], "file_bytes")
    if rows.empty:
        return None
    rows = rows.assign(recipe=[names.recipe(row) for row in records(rows)])
    archs, small = names.distinct(rows, "arch"), size_column(rows)
    palette = colours(theme, names.distinct(rows, "recipe"))
    schemes = {arch: names.distinct(own, "quantization") for arch, own in rows.groupby("arch", sort=False)}
    across = len(archs) if len(archs) < 4 else 2 if len(archs) == 4 else 3
    lines = [archs[start : start + across] for start in range(0, len(archs), across)]
    room = LINE * len(rows[["method", "amount", "level", "seed"]].drop_duplicates()) + GAP
    heights = [max(room * max(len(schemes[arch]) for arch in line), 0.6) for line in lines]
    figure = Figure(figsize=(WIDTH, sum(heights) + 0.85 * len(lines) + 0.7), layout="constrained")
    grid = figure.subplots(len(lines), across, squeeze=False, sharex=True, height_ratios=heights)
    for axes in grid.flat[len(archs) :]:
        axes.set_visible(False)
    for axes, (arch, own) in zip(grid.flat, rows.groupby("arch", sort=False), strict=False):
        by_scheme = own.groupby("quantization", sort=False)["variant"]
        beside = by_scheme.cumcount() - (by_scheme.transform("size") - 1) / 2
        y = by_scheme.ngroup() + beside * LINE / room
        ink, file, least = own["recipe"].map(palette), own["file_bytes"] / 1e6, own[small].astype(float) / 1e6
        axes.hlines(y, least, file, colors=ink, linewidth=1.6, alpha=0.55)
        axes.scatter(file, y, c=ink, marker="|", s=42, linewidth=1.0)
        axes.scatter(least, y, c=ink, marker="o", s=21)
        _schemes(axes, schemes[arch], theme)
        axes.set_title(names.shorten(str(arch), 40))
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.tick_params(axis="x", labelbottom=True)
    figure.supxlabel("Size [MB], logarithmic", fontsize=10, color=theme.text)
    handles = [Line2D([], [], color=colour, linewidth=2.2) for colour in palette.values()]
    handles += [Line2D([], [], linestyle="", marker=mark, markersize=9, color=theme.text) for mark in ".|"]
    titles = [*palette, size_words(small), "on flash"]
    figure.legend(handles, titles, loc="outside upper right", ncols=min(len(handles), 6))
    return figure


def codec_share(tables: Tables, theme: Theme) -> Figure | None:
    """One panel a recipe, one line a scheme: medians over architectures, each the mean over its seeds, of the variants
    encoded.
    """
    rows = known(tables["results"], "shipped_bytes", "file_bytes")
    codecs = [key for key in ["gzip_bytes", *codec_columns(rows)] if rows[key].notna().any()]
    if not codecs:
        return None
    rows = rows.assign(recipe=[names.recipe(row) for row in records(rows)])
    rows[codecs] = rows[codecs].astype(float).div(rows["file_bytes"], axis=0) * 100
    by_network = rows.groupby(["recipe", "quantization", "arch"], sort=False)[codecs].mean()
    shares = by_network.groupby(["recipe", "quantization"], sort=False).median().reset_index()
    recipes, schemes = names.distinct(rows, "recipe"), names.distinct(rows, "quantization")
    across = min(len(recipes), 3)
    down = -(-len(recipes) // across)
    figure = Figure(figsize=(WIDTH, down * (max(ROOM * len(schemes), 0.8) + 0.5) + 0.8), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    shapes, palette = markers(codecs), colours(theme, codecs)
    for axes in grid.flat[len(recipes) :]:
        axes.set_visible(False)
    for axes, recipe in zip(grid.flat, recipes, strict=False):
        own = shares[shares["recipe"] == recipe]
        for index, key in enumerate(codecs):
            y = own["quantization"].map(schemes.index) + SPREAD * (index / max(len(codecs) - 1, 1) - 0.5)
            axes.scatter(own[key], y, marker=shapes[key], color=palette[key], s=30)
        _schemes(axes, schemes, theme)
        axes.set_title(recipe)
    figure.supxlabel(
        "Share of the .tflite file that is left [%], each panel on a scale of its own", fontsize=10, color=theme.text
    )
    handles = [Line2D([], [], linestyle="", marker=shapes[key], color=palette[key]) for key in codecs]
    titles = [key.removesuffix("_bytes") for key in codecs]
    figure.legend(handles, titles, loc="outside upper right", ncols=len(codecs))
    return figure


def _schemes(axes: Axes, schemes: Sequence[str], theme: Theme) -> None:
    """Schemes from top to bottom, with a line between two."""
    for place in range(1, len(schemes)):
        axes.axhline(place - 0.5, color=theme.grid, linewidth=0.8)
    axes.set_yticks(range(len(schemes)), [names.shorten(scheme, 28) for scheme in schemes])
    axes.set_ylim(len(schemes) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
