"""Top-1 against latency: one figure a kind (they never mix), one panel a device, runtime and threads."""

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from study.report import names
from study.report.facts import Facts
from study.report.figures.pareto_panel import Key, View, legend, panel
from study.report.figures.style import WIDTH, Theme, colours, markers
from study.report.inputs import Row
from study.report.rows.latencies import groups


def kind(name: str) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one kind."""
    return lambda facts, theme: draw(facts, theme, name)


def panels(facts: Facts, kind: str) -> dict[tuple[Any, ...], list[Row]]:
    """Latency rows joined with the accuracy of their variant, by (kind, device, runtime, threads)."""
    by_name = {row["variant"]: row for row in facts.results}
    joined: dict[tuple[Any, ...], list[Row]] = {}
    for key, rows in groups(facts.latency).items():
        known = [by_name[row["variant"]] | row for row in rows if by_name[row["variant"]].get("top1") is not None]
        if key[0] == kind and known:
            joined[key] = known
    return joined


def title(key: tuple[Any, ...]) -> str:
    """Device, runtime and threads of a panel."""
    return names.place(*key[1:])


def draw(facts: Facts, theme: Theme, kind: str) -> Figure | None:
    """Medians; missing measurements have no point."""
    shown = panels(facts, kind)
    if not shown:
        return None
    rows = [row for own in shown.values() for row in own]
    order = [row for row in facts.results if row["variant"] in {row["variant"] for row in rows}]
    archs, schemes = names.distinct(order, "arch"), names.distinct(order, "quantization")
    key = Key(
        lambda row: str(row["arch"]), colours(theme, archs), lambda row: str(row["quantization"]), markers(schemes)
    )
    across = min(len(shown), 2)
    down = -(-len(shown) // across)
    figure = Figure(figsize=(WIDTH, 3.7 * down + 0.3), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes, (place, own) in zip(grid.flat, shown.items(), strict=False):
        panel(axes, own, View("median_us", 1e-3), key, theme)
        axes.set_title(title(place), fontsize=10)
        axes.set_xlabel("")
        axes.set_ylabel("Top-1 [%]")
        axes.tick_params(labelbottom=True)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    figure.supxlabel(f"Median time of one inference [ms], {kind}, logarithmic", fontsize=10, color=theme.text)
    legend(figure, key, theme)
    return figure
