"""Change of top-1 per class with its interval: one figure an architecture, one panel a variant."""

from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from study.report import names
from study.report.drawing.render import Draw
from study.report.drawing.style import WIDTH, Theme
from study.report.tables import Tables, known, records

MANY_CLASSES = 24
MANY_VARIANTS = 12


def intervals_name(arch: str) -> str:
    """File stem of an architecture's figure."""
    return f"class_intervals_{names.file_stem(arch)}"


def intervals(tables: Tables) -> dict[str, Draw]:
    """One figure an architecture."""
    return {intervals_name(arch): partial(_draw, arch) for arch in names.distinct(tables["results"], "arch")}


def variants_shown(per_class: pd.DataFrame, arch: str) -> tuple[pd.DataFrame, int]:
    """The tested rows of the variants that are shown, in the order of the plan, and how many variants there are.

    Of more than `MANY_VARIANTS`, those with the clearest losses of a class: by significance, then by size.
    """
    rows = known(per_class[per_class["arch"] == arch], "p_adjusted")
    p_value = rows["p_adjusted"].where(rows["delta_pp"] < 0, 1.0)
    order = rows.assign(p_value=p_value).sort_values(["p_value", "delta_pp"])["variant"].drop_duplicates()
    return rows[rows["variant"].isin(order.head(MANY_VARIANTS))], len(order)


def _draw(arch: str, tables: Tables, theme: Theme) -> Figure | None:
    """Points are changes, lines 95 % intervals; filled and coloured where significant after correction."""
    rows, _ = variants_shown(tables["per_class"], arch)
    if rows.empty:
        return None
    size = rows["delta_pp"].abs().groupby(rows["class"], sort=False).max()
    kept = size.index.isin(size.nlargest(MANY_CLASSES).index)
    places = {name: place for place, name in enumerate(size.index[kept])}
    rows = rows[rows["class"].isin(places)]
    panels, seeds = rows.groupby("variant", sort=False), names.several_seeds(tables["results"])
    across = min(len(panels), 3) if len(panels) <= 6 else 4
    down = -(-len(panels) // across)
    figure = Figure(figsize=(WIDTH, down * (0.25 * len(places) + 0.5) + 0.6), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes, (_, own) in zip(grid.flat, panels, strict=False):
        _panel(axes, own, own["class"].map(places), theme)
        axes.set_title(names.treatment(records(own.head(1))[0], seeds), fontsize=10)
        axes.set_yticks(range(len(places)), names.short_names(list(places), 18))
        axes.set_ylim(len(places) - 0.4, -0.6)
        axes.set_xlim(min(rows["ci_low_pp"].min(), -1) * 1.05, max(rows["ci_high_pp"].max(), 1) * 1.05)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for column in range(across):
        [axes for axes in grid[:, column] if axes.get_visible()][-1].tick_params(labelbottom=True)
    figure.supxlabel("Change of top-1 [percentage points], 95 % interval", fontsize=10, color=theme.text)
    return figure


def _panel(axes: Axes, own: pd.DataFrame, places: pd.Series, theme: Theme) -> None:
    sure = own["significant"].eq(True)
    colours = pd.Series(theme.gain, own.index).where(own["delta_pp"] >= 0, theme.loss).where(sure, theme.muted)
    axes.axvline(0, color=theme.muted, linewidth=1.1)
    axes.hlines(places, own["ci_low_pp"], own["ci_high_pp"], colors=list(colours), linewidth=2.2)
    inside = list(colours.where(sure, theme.background))
    axes.scatter(own["delta_pp"], places, s=42, c=inside, edgecolors=list(colours), linewidths=1.4, zorder=3)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
