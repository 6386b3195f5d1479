"""Change of top-1 per class with its interval: one figure an architecture, one panel a variant."""

from collections.abc import Callable

from matplotlib.figure import Figure

from study.report import names
from study.report.facts import Facts
from study.report.figures.class_heatmap import largest
from study.report.figures.style import WIDTH, Theme
from study.report.inputs import Row

MANY_CLASSES = 24
MANY_VARIANTS = 12


def architecture(arch: str) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one architecture."""
    return lambda facts, theme: draw(facts, theme, arch)


def chosen(facts: Facts, arch: str) -> tuple[list[str], int]:
    """The variants that are shown, in the order of the plan, and how many there are.

    Of more than `MANY_VARIANTS`, those with the clearest losses of a class: by significance, then by size.
    """
    found: dict[str, tuple[float, float]] = {}
    for row in facts.per_class:
        if row["arch"] == arch and row.get("delta_pp") is not None:
            loss = (row["p_adjusted"], row["delta_pp"]) if row["delta_pp"] < 0 else (1.0, row["delta_pp"])
            found[row["variant"]] = min(found.get(row["variant"], loss), loss)
    clearest = set(sorted(found, key=lambda variant: found[variant])[:MANY_VARIANTS])
    return [variant for variant in found if variant in clearest], len(found)


def draw(facts: Facts, theme: Theme, arch: str) -> Figure | None:
    """Points are changes, lines 95 % intervals; filled and coloured where significant after correction."""
    variants, _ = chosen(facts, arch)
    rows = [row for row in facts.per_class if row["variant"] in variants and row.get("delta_pp") is not None]
    if not rows:
        return None
    classes = largest(rows, MANY_CLASSES)
    seeds = names.several_seeds(facts.results)
    across = min(len(variants), 3) if len(variants) <= 6 else 4
    down = -(-len(variants) // across)
    figure = Figure(figsize=(WIDTH, down * (0.25 * len(classes) + 0.5) + 0.6), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    low, high = min(row["ci_low_pp"] for row in rows), max(row["ci_high_pp"] for row in rows)
    labels = names.short_names(classes, 18)
    for axes, variant in zip(grid.flat, variants, strict=False):
        own = {row["class"]: row for row in rows if row["variant"] == variant}
        axes.axvline(0, color=theme.muted, linewidth=1.1)
        shown = [(place, own[name]) for place, name in enumerate(classes) if name in own]
        colours = [_colour(row, theme) for _, row in shown]
        places = [place for place, _ in shown]
        axes.hlines(
            places,
            [row["ci_low_pp"] for _, row in shown],
            [row["ci_high_pp"] for _, row in shown],
            colors=colours,
            linewidth=2.2,
        )
        axes.scatter(
            [row["delta_pp"] for _, row in shown],
            places,
            s=42,
            edgecolors=colours,
            linewidths=1.4,
            zorder=3,
            c=[
                colour if row["significant"] else theme.background
                for colour, (_, row) in zip(colours, shown, strict=True)
            ],
        )
        axes.set_title(names.treatment(next(iter(own.values())), seeds), fontsize=10)
        axes.set_yticks(range(len(classes)), labels)
        axes.set_ylim(len(classes) - 0.4, -0.6)
        axes.set_xlim(min(low, -1) * 1.05, max(high, 1) * 1.05)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
    for axes in grid.flat[len(variants) :]:
        axes.set_visible(False)
    for column in range(across):
        [axes for axes in grid[:, column] if axes.get_visible()][-1].tick_params(labelbottom=True)
    figure.supxlabel("Change of top-1 [percentage points], 95 % interval", fontsize=10, color=theme.text)
    return figure


def _colour(row: Row, theme: Theme) -> str:
    if not row["significant"]:
        return theme.muted
    return theme.loss if row["delta_pp"] < 0 else theme.gain
