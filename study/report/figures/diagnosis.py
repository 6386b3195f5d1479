"""What int8 costs one network layer by layer, and what a few layers in float bring back."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from study.report import names
from study.report.diagnoses import worst_layers
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme
from study.report.inputs import Document

NAME = 44
CLOSE = 0.02  # share of the graph below which the numbers of two layers would touch


def model(name: str) -> Callable[[Facts, Theme], Figure | None]:
    """The drawing function of one trained network."""
    return lambda facts, theme: draw(facts.diagnosis[name], theme)


def draw(document: Document, theme: Theme) -> Figure | None:
    """Left: every layer in the order of the graph, the worst ones named. Right: top-1 over layers in float."""
    if not document.get("layers") or not document.get("recovery"):
        return None
    figure = Figure(figsize=(WIDTH, 5.0), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.75, 1))
    _layers(left, document, theme)
    _recovery(right, document, theme)
    return figure


def _layers(axes: Axes, document: Document, theme: Theme) -> None:
    found, many = list(enumerate(worst_layers(document), 1)), len(document["layers"])
    known = [
        (place, layer["sqnr_db"]) for place, layer in enumerate(document["layers"], 1) if layer["sqnr_db"] is not None
    ]
    axes.vlines(
        [place for place, _ in known],
        max((ratio for _, ratio in known), default=0),
        [ratio for _, ratio in known],
        color=theme.muted,
        linewidth=0.7,
        alpha=0.5,
    )
    axes.scatter([place for place, _ in known], [ratio for _, ratio in known], color=theme.gain, s=16, zorder=2)
    plain = [
        (place, layer["plain_sqnr_db"])
        for place, layer in enumerate(document["layers"], 1)
        if layer.get("plain_sqnr_db") is not None
    ]
    axes.scatter([place for place, _ in plain], [ratio for _, ratio in plain], color=theme.muted, s=12, zorder=1.5)
    for number, (place, layer) in found:
        axes.plot(
            place,
            layer["sqnr_db"],
            color=theme.loss,
            linestyle="",
            marker="o",
            markersize=7.5,
            label=f"{number}  {names.shorten(layer['name'], NAME)}",
        )
        right = any(0 < other - place < CLOSE * many for _, (other, _) in found)
        left = any(0 < place - other < CLOSE * many for _, (other, _) in found)
        axes.annotate(
            str(number),
            (place, layer["sqnr_db"]),
            xytext=(4 * (left - right), -15),
            va="bottom",
            ha="right" if right and not left else "left" if left and not right else "center",
            textcoords="offset points",
            fontweight="bold",
            color=theme.text,
        )
    axes.margins(y=0.12)
    axes.set_title("Each layer alone in int8")
    axes.set_xlabel("Layer, in the order of the graph")
    axes.set_ylabel("SQNR [dB], higher is better")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.14), ncols=2, handletextpad=0.3, fontsize=8.5)


def _recovery(axes: Axes, document: Document, theme: Theme) -> None:
    steps, whole = document["recovery"], 100 * document["float32"]["top1"]
    axes.axhline(whole, color=theme.muted, linestyle=(0, (4, 2)), linewidth=1.4, label="all float32")
    axes.axhspan(
        whole - document["budget_pp"],
        whole,
        color=theme.muted,
        alpha=0.15,
        linewidth=0,
        label=f"within {document['budget_pp']:g} points",
    )
    axes.plot(
        [step["float_layers"] for step in steps],
        [100 * step["top1"] for step in steps],
        color=theme.gain,
        marker="o",
        markersize=5,
    )
    chosen = steps[document["chosen"]]
    axes.plot(
        chosen["float_layers"],
        100 * chosen["top1"],
        color=theme.loss,
        linestyle="",
        marker="D",
        markersize=9,
        label=f"chosen: {chosen['float_layers']} in float",
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title("The worst ones back in float")
    axes.set_xlabel("Layers in float32")
    axes.set_ylabel("Top-1 on validation images [%]")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.14), fontsize=8.5)
