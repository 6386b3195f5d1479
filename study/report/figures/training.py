"""Accuracy over epochs, one panel an architecture: solid on validation, dashed on training images."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.report import names
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme, colours


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """Hue is the recipe; each seed is a line of its own."""
    rows = facts.history
    if not rows:
        return None
    archs = names.distinct(rows, "arch")
    recipes = list(dict.fromkeys(names.recipe(row) for row in rows))
    palette = colours(theme, recipes)
    across = min(len(archs), 3)
    down = -(-len(archs) // across)
    figure = Figure(figsize=(WIDTH, 2.9 * down + 0.5), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes, arch in zip(grid.flat, archs, strict=False):
        own = [row for row in rows if row["arch"] == arch]
        for key, dash in (("train_accuracy", (3, 1.5)), ("val_accuracy", "")):
            frame = pd.DataFrame(
                {
                    "epoch": [float(row["epoch"]) for row in own],
                    "accuracy": [_percent(row.get(key)) for row in own],
                    "recipe": [names.recipe(row) for row in own],
                    "model": [row["model"] for row in own],
                    "kind": key,
                }
            )
            sns.lineplot(
                frame,
                x="epoch",
                y="accuracy",
                hue="recipe",
                units="model",
                estimator=None,
                ax=axes,
                palette=palette,
                style="kind",
                dashes={key: dash},
                legend=False,
                alpha=1.0 if dash == "" else 0.65,
                linewidth=1.8 if dash == "" else 1.2,
                marker="o" if frame["epoch"].nunique() == 1 else None,
            )
        axes.set_title(names.shorten(arch, 34))
        axes.set_xlabel("")
        axes.set_ylabel("Accuracy [%]")
        axes.xaxis.get_major_locator().set_params(integer=True)
    for axes in grid.flat[len(archs) :]:
        axes.set_visible(False)
    handles = [Line2D([], [], color=colour) for colour in palette.values()]
    handles += [Line2D([], [], color=theme.text), Line2D([], [], color=theme.text, linestyle=(0, (3, 1.5)))]
    figure.supxlabel("Epoch", fontsize=10, color=theme.text)
    figure.legend(handles, [*palette, "validation", "training"], loc="outside upper right", ncols=min(len(handles), 6))
    return figure


def _percent(value: object) -> float:
    return 100 * value if isinstance(value, float) else float("nan")
