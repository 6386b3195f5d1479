"""Quantization, layer by layer: where int8 errs, and what the worst layers back in float32 recover.

All of it stands on calibration and validation images; test images play no part.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from study.report import names
from study.report.blocks import Block, Fold, Paragraph, Section, picture
from study.report.drawing.render import Draw
from study.report.drawing.style import WIDTH, Theme
from study.report.names import NBSP
from study.report.phrases import megabytes, number, percent, points
from study.report.shown import numbered, plain
from study.report.tables import Record, Row, Tables, frame, known, records
from study.report.topics.topic import Topic

LAYERS = "model arch place layer op sqnr_db plain_sqnr_db share".split()
RECOVERY = (
    "model arch ranges float_layers validation_images top1 float32_top1 from_float_pp file_bytes agreement chosen "
    "_float32_bytes _budget_pp _calibration_images"
).split()
WORST_SHOWN = "layer op place sqnr_db plain_sqnr_db share".split()
SHOWN = "float_layers top1 from_float_pp file_bytes agreement".split()
WORST = 5
SENTENCE, LEGEND = 60, 44  # characters of a layer's name: fused layers carry the names of all their parts
CLOSE = 0.02  # share of the graph below which the numbers of two layers would touch
METHOD = (
    "Each layer of the dense network is quantized to int8 alone, with all others in float32: the lower its "
    "signal-to-quantization-noise ratio (SQNR), the more it harms. Then the worst layers go back to float32, one "
    "after another. Ranges are those of least error (int8_tuned); pale dots show the converter's own. All of it on "
    "calibration and validation images; test images play no part."
)


def int8_layers(tables: Tables) -> pd.DataFrame:
    """`int8_layers.csv`: every layer of every diagnosed network in the order of its graph, `place` counted from 1."""
    rows = (
        {"model": model, "arch": document["architecture"], "place": place, "layer": layer["name"], **layer}
        for model, document in tables.inputs.diagnosis.items()
        for place, layer in enumerate(document.get("layers", ()), 1)
    )
    return frame(rows, LAYERS)


def int8_recovery(tables: Tables) -> pd.DataFrame:
    """`int8_recovery.csv`: every step back to float; `ranges` are the converter's (plain) or of least error (tuned).

    `chosen` marks the step that int8_selective takes.
    """
    rows: list[Row] = []
    for model, document in tables.inputs.diagnosis.items():
        tuned, untuned = document.get("recovery") or [], document.get("plain")
        steps = [("plain", untuned)] if tuned and untuned else []
        for ranges, step in [*steps, *(("tuned", step) for step in tuned)]:
            whole = document["float32"]
            own: Row = {"model": model, "arch": document["architecture"], "ranges": ranges}
            own |= {"chosen": step is tuned[document["chosen"]], "validation_images": document["images"]}
            own |= {"float32_top1": whole["top1"], "from_float_pp": 100 * (step["top1"] - whole["top1"])}
            private = {key: document[key.removeprefix("_")] for key in ("_budget_pp", "_calibration_images")}
            rows.append(own | private | {"_float32_bytes": whole["file_bytes"]} | step)
    return frame(rows, RECOVERY)


def worst_layers(layers: pd.DataFrame) -> pd.DataFrame:
    """The layers of one network with the lowest ratio, worst first; one without a ratio adds no noise."""
    return known(layers, "sqnr_db").sort_values(["sqnr_db", "place"]).head(WORST)


def cause(layers: pd.DataFrame, steps: pd.DataFrame) -> str:
    """Which layers of one network hurt most, and how much of the loss comes back with how many in float."""
    return f"{_blame(worst_layers(layers))} {_cure(steps)}"


def searched(layers: pd.DataFrame, steps: pd.DataFrame) -> str:
    """What int8 as the converter makes it loses, where, and what searched ranges alone bring back."""
    noisy = known(layers, "plain_sqnr_db")
    if noisy.empty or "plain" not in set(steps["ranges"]):
        return ""
    change = steps.groupby("ranges")["from_float_pp"].first()
    worst = records(noisy.loc[[noisy["plain_sqnr_db"].astype(float).idxmin()]])[0]
    better = "" if worst["sqnr_db"] is None else f", {worst['sqnr_db']:.1f}{NBSP}dB with searched ranges"
    return (
        f"Ranges from the smallest to the largest value change top-1 by {points(change['plain'])} points, "
        f"ranges of least error by {points(change['tuned'])}. The noisiest layer of the former is "
        f"{names.shorten(worst['layer'], SENTENCE)} ({names.clean(worst['op'])}): "
        f"{worst['plain_sqnr_db']:.1f}{NBSP}dB{better}."
    )


def _blame(worst: pd.DataFrame) -> str:
    if worst.empty:
        return "No layer adds noise."
    kinds = Counter(names.clean(op) for op in worst["op"]).most_common()
    which = f"the {number(len(worst), 'worst layer')}".replace("1 worst", "worst")
    if len(kinds) == 1:
        said = f"T{which[1:]} {'is a' if len(worst) == 1 else 'are all'} {kinds[0][0]}"
    else:
        told = (f"{count} {'is' if count == 1 else 'are'} {kind}" for kind, count in kinds)
        said = f"Of {which}, " + ", ".join(told)
    if worst["share"].notna().all():
        said += f", together with {100 * worst['share'].sum():.0f}{NBSP}% of the noise"
    return f"{said}."


def _cure(steps: pd.DataFrame) -> str:
    none, chosen = _first_and_chosen(steps)
    whole, budget = none["float32_top1"], none["_budget_pp"]
    lost, back = (100 * (end - none["top1"]) for end in (whole, chosen["top1"]))
    images = f"on {none['validation_images']:,} validation images"
    if lost <= 0:
        return f"All in int8, nothing is lost {images}: {percent(none['top1'])} against {percent(whole)}."
    if not chosen["float_layers"]:
        place = "above" if _misses(lost, budget) else "within"
        return f"All in int8, {lost:.2f} points are lost {images}, {place} the budget of {budget:g}; none goes back."
    return (
        f"Returning {number(chosen['float_layers'], 'layer')} to float recovers {back:.2f} of {lost:.2f} points "
        f"{images}, and the file grows from {megabytes(none['file_bytes'])} to {megabytes(chosen['file_bytes'])} "
        f"(float32: {megabytes(none['_float32_bytes'])})."
        + (f" That misses the budget of {budget:g} points." if _misses(lost - back, budget) else "")
    )


def _first_and_chosen(steps: pd.DataFrame) -> tuple[Record, Record]:
    """The step with no layer in float, and the one that is taken."""
    tuned = records(steps[steps["ranges"] == "tuned"])
    return tuned[0], next(step for step in tuned if step["chosen"])


def _misses(lost: float, budget: float) -> bool:
    """Whether more is lost than the budget: shares of whole images, of which a difference is not exact."""
    return lost > budget + 1e-9


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """The cause in words, a figure and the worst layers of each diagnosed network."""
    archs = [names.clean(document["architecture"]) for document in tables.inputs.diagnosis.values()]
    blocks: list[Block] = [Paragraph(METHOD)]
    for model, (layers, steps) in _networks(tables).items():
        arch = names.clean(layers["arch"].iloc[0])
        title = arch if archs.count(arch) == 1 else names.clean(model)
        blocks.append(Fold(title, _network(model, arch, layers, steps, drawn)))
    return Section("diagnosis", "Quantization, layer by layer", tuple(blocks)) if blocks[1:] else None


def _network(
    model: str, arch: str, layers: pd.DataFrame, steps: pd.DataFrame, drawn: Collection[str]
) -> tuple[Block, ...]:
    first, worst, compared = records(steps)[0], worst_layers(layers), searched(layers, steps)
    alt = f"Quantization noise of each layer of {arch}, and top-1 over the number of layers in float"
    below = f"{arch}, calibrated on {first['_calibration_images']:,} images. The numbers are those of the table."
    most = f"The {len(worst)} layers that int8 harms most, of {len(layers)}, the worst first; "
    back = (
        f"The worst layers back in float32. Change: against all float32 ({100 * first['float32_top1']:.2f} %) on "
        f"{first['validation_images']:,} validation images. int8_recovery.csv has them, and the converter's own ranges."
    )
    tuned = steps[steps["ranges"] == "tuned"]
    return (
        *([Paragraph(compared)] if compared else []),
        Paragraph(cause(layers, steps)),
        *picture(drawn, _stem(model), alt, below),
        numbered(f"layers-{model}", f"{most}int8_layers.csv has them all.", worst, WORST_SHOWN),
        Fold("Every step back to float", (plain(f"recovery-{model}", back, tuned, SHOWN),), False),
    )


def _networks(tables: Tables) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Networks of which both the layers and the steps back are known, in the order of the plan."""
    steps = {str(model): own for model, own in tables["int8_recovery"].groupby("model", sort=False)}
    layers = tables["int8_layers"].groupby("model", sort=False)
    return {name: (own, steps[name]) for model, own in layers if (name := str(model)) in steps}


def _stem(model: str) -> str:
    return f"diagnosis_{names.file_stem(model)}"


def figures(tables: Tables) -> Mapping[str, Draw]:
    """One a diagnosed network: left every layer with the worst ones named, right top-1 over layers in float."""
    return {_stem(model): partial(_draw, model=model) for model in _networks(tables)}


def _draw(tables: Tables, theme: Theme, model: str) -> Figure:
    figure, (layers, steps) = Figure(figsize=(WIDTH, 5.0), layout="constrained"), _networks(tables)[model]
    left, right = figure.subplots(1, 2, width_ratios=(1.75, 1))
    _draw_layers(left, layers, theme)
    _draw_recovery(right, steps, theme)
    for axes, columns, gap in ((left, 2, 0.3), (right, 1, 0.8)):
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.14), ncols=columns, handletextpad=gap, fontsize=8.5)
    return figure


def _draw_layers(axes: Axes, layers: pd.DataFrame, theme: Theme) -> None:
    tuned, converters = known(layers, "sqnr_db"), known(layers, "plain_sqnr_db")
    top = tuned["sqnr_db"].max() if len(tuned) else 0
    axes.vlines(tuned["place"], top, tuned["sqnr_db"], color=theme.muted, linewidth=0.7, alpha=0.5)
    axes.scatter(tuned["place"], tuned["sqnr_db"], color=theme.gain, s=16, zorder=2)
    axes.scatter(converters["place"], converters["plain_sqnr_db"], color=theme.muted, s=12, zorder=1.5)
    worst = records(worst_layers(layers))
    for rank, one in enumerate(worst, 1):
        x, y, label = one["place"], one["sqnr_db"], f"{rank}  {names.shorten(one['layer'], LEGEND)}"
        axes.plot(x, y, color=theme.loss, linestyle="", marker="o", markersize=7.5, label=label)
        apart = [(other["place"] - x) / len(layers) for other in worst]
        right, left = any(0 < gap < CLOSE for gap in apart), any(-CLOSE < gap < 0 for gap in apart)
        side: Any = {"va": "bottom", "ha": "center" if left == right else "right" if right else "left"}
        offset = (4 * (left - right), -15)
        axes.annotate(
            str(rank), (x, y), offset, textcoords="offset points", fontweight="bold", color=theme.text, **side
        )
    axes.margins(y=0.12)
    axes.set(title="Each layer alone in int8", xlabel="Layer, in the order of the graph")
    axes.set_ylabel("SQNR [dB], higher is better")


def _draw_recovery(axes: Axes, steps: pd.DataFrame, theme: Theme) -> None:
    tuned, (first, chosen) = steps[steps["ranges"] == "tuned"], _first_and_chosen(steps)
    whole, budget, taken = 100 * first["float32_top1"], first["_budget_pp"], chosen["float_layers"]
    axes.axhline(whole, color=theme.muted, linestyle=(0, (4, 2)), linewidth=1.4, label="all float32")
    within = f"within {budget:g} points"
    axes.axhspan(whole - budget, whole, color=theme.muted, alpha=0.15, linewidth=0, label=within)
    axes.plot(tuned["float_layers"], 100 * tuned["top1"], color=theme.gain, marker="o", markersize=5)
    label, y = f"chosen: {taken} in float", 100 * chosen["top1"]
    axes.plot(taken, y, color=theme.loss, linestyle="", marker="D", markersize=9, label=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(title="The worst ones back in float", xlabel="Layers in float32", ylabel="Top-1 on validation images [%]")


TOPIC = Topic(tables={"int8_layers": int8_layers, "int8_recovery": int8_recovery}, figures=figures, section=section)
