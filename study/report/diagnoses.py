"""What a diagnosis of int8 says: the worst layers, what they have in common, what their return to float brings."""

from collections import Counter
from collections.abc import Sequence

from study.report import names
from study.report.inputs import Document
from study.report.phrases import NBSP, megabytes, number, percent, points

WORST = 5
NAME = 60
"""Signs of a layer's name in a sentence: fused layers carry the names of all their parts."""


def worst_layers(document: Document) -> list[tuple[int, Document]]:
    """The layers with the lowest ratio, worst first, each with its place in the graph counted from 1.

    A layer without a ratio (null) adds no noise and is none of them.
    """
    known = [(place, layer) for place, layer in enumerate(document["layers"], 1) if layer["sqnr_db"] is not None]
    return sorted(known, key=lambda found: (found[1]["sqnr_db"], found[0]))[:WORST]


def cause(document: Document) -> str:
    """Which layers hurt most, and how much of the loss comes back with how many in float, in sentences."""
    return f"{_blame([layer for _, layer in worst_layers(document)])} {_cure(document)}".strip()


def plain(document: Document) -> str:
    """What int8 as the converter makes it loses, where, and what searched ranges alone bring back."""
    step, whole, tuned = document.get("plain"), document["float32"]["top1"], document["recovery"][0]
    known = [layer for layer in document["layers"] if layer.get("plain_sqnr_db") is not None]
    if not step or not known:
        return ""
    worst = min(known, key=lambda layer: layer["plain_sqnr_db"])
    better = "" if worst["sqnr_db"] is None else f", {worst['sqnr_db']:.1f}{NBSP}dB with searched ranges"
    return (
        f"Ranges from the smallest to the largest value change top-1 by {points(100 * (step['top1'] - whole))} points, "
        f"ranges of least error by {points(100 * (tuned['top1'] - whole))}. The noisiest layer of the former is "
        f"{names.shorten(worst['name'], NAME)} ({names.clean(worst['op'])}): "
        f"{worst['plain_sqnr_db']:.1f}{NBSP}dB{better}."
    )


def _blame(layers: Sequence[Document]) -> str:
    if not layers:
        return "No layer adds noise."
    kinds = Counter(names.clean(layer["op"]) for layer in layers)
    which = f"the {number(len(layers), 'worst layer')}".replace("1 worst", "worst")
    if len(kinds) == 1:
        said = f"T{which[1:]} {'is a' if len(layers) == 1 else 'are all'} {next(iter(kinds))}"
    else:
        said = f"Of {which}, " + ", ".join(
            f"{count} {'is' if count == 1 else 'are'} {kind}" for kind, count in kinds.most_common()
        )
    if all(layer.get("share") is not None for layer in layers):
        said += f", together with {100 * sum(layer['share'] for layer in layers):.0f}{NBSP}% of the noise"
    return f"{said}."


def _cure(document: Document) -> str:
    steps, whole = document["recovery"], document["float32"]
    none, chosen, budget = steps[0], steps[document["chosen"]], document["budget_pp"]
    lost, back = (100 * (end - none["top1"]) for end in (whole["top1"], chosen["top1"]))
    images = f"on {document['images']:,} validation images"
    if lost <= 0:
        return f"All in int8, nothing is lost {images}: {percent(none['top1'])} against {percent(whole['top1'])}."
    if not chosen["float_layers"]:
        place = "above" if _misses(lost, budget) else "within"
        return f"All in int8, {lost:.2f} points are lost {images}, {place} the budget of {budget:g}; none goes back."
    left = lost - back
    return (
        f"Returning {number(chosen['float_layers'], 'layer')} to float recovers {back:.2f} of {lost:.2f} points "
        f"{images}, and the file grows from {megabytes(none['file_bytes'])} to {megabytes(chosen['file_bytes'])} "
        f"(float32: {megabytes(whole['file_bytes'])})."
        + (f" That misses the budget of {budget:g} points." if _misses(left, budget) else "")
    )


def _misses(lost: float, budget: float) -> bool:
    """Whether more is lost than the budget: shares of whole images, of which a difference is not exact."""
    return lost > budget + 1e-9
