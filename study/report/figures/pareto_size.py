"""Accuracy against the size to ship, with the Pareto front: of all classes, and of the worst one."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from study.report import names
from study.report.facts import Facts
from study.report.figures.pareto_panel import Key, View, front_rows, legend, panel
from study.report.figures.style import WIDTH, Theme, colours, markers
from study.report.inputs import Row
from study.report.rows.shipping import size_column, size_words

GAINS = {"top1": "Top-1 [%]", "worst_class_accuracy": "Accuracy of the worst class [%]"}
"""What is set against the size, in the order of the panels."""


def fronts(rows: list[Row], column: str) -> dict[str, list[Row]]:
    """Column of an accuracy -> the rows on its front against the size in `column`, for those that have any."""
    found = {gain: front_rows(rows, column, gain) for gain in GAINS}
    return {gain: best for gain, best in found.items() if best}


def together(facts: Facts, theme: Theme) -> Figure | None:
    """All variants: a panel for all classes beside one for the worst."""
    gains = list(fronts(facts.results, size_column(facts.results)))
    if not gains:
        return None
    archs = names.distinct(facts.results, "arch")
    key = Key(lambda row: str(row["arch"]), colours(theme, archs), _scheme, markers(_schemes(facts)))
    figure = Figure(figsize=(WIDTH, 5.6), layout="constrained")
    for axes, gain in zip(figure.subplots(1, len(gains), squeeze=False).flat, gains, strict=True):
        _panel(axes, facts.results, facts, gain, key, theme)
    return _finished(figure, facts, key, theme)


def apart(facts: Facts, theme: Theme) -> Figure | None:
    """A line of panels an architecture, each with its own fronts; colours tell the recipes."""
    archs, gains = names.distinct(facts.results, "arch"), list(fronts(facts.results, size_column(facts.results)))
    if len(archs) < 2 or not gains:
        return None
    recipes = list(dict.fromkeys(names.recipe(row) for row in facts.results))
    key = Key(names.recipe, colours(theme, recipes), _scheme, markers(_schemes(facts)))
    figure = Figure(figsize=(WIDTH, 3.5 * len(archs) + 0.4), layout="constrained")
    for line, arch in zip(figure.subplots(len(archs), len(gains), squeeze=False), archs, strict=True):
        own = [row for row in facts.results if row["arch"] == arch]
        for axes, gain in zip(line, gains, strict=True):
            if front_rows(own, size_column(facts.results), gain):
                _panel(axes, own, facts, gain, key, theme)
            axes.set_title(names.shorten(arch, 40))
    return _finished(figure, facts, key, theme)


def _panel(axes: Axes, rows: list[Row], facts: Facts, gain: str, key: Key, theme: Theme) -> None:
    panel(axes, rows, View(size_column(facts.results), 1e-6, gain), key, theme)
    axes.set_ylabel(GAINS[gain])


def _finished(figure: Figure, facts: Facts, key: Key, theme: Theme) -> Figure:
    said = size_words(size_column(facts.results))
    figure.supxlabel(f"{said[:1].upper()}{said[1:]} [MB], logarithmic", fontsize=10, color=theme.text)
    legend(figure, key, theme)
    return figure


def _scheme(row: Row) -> str:
    return str(row["quantization"])


def _schemes(facts: Facts) -> list[str]:
    return names.distinct(facts.results, "quantization")
