"""Sentences on time."""

from study.report import names
from study.report.blocks import Point
from study.report.facts import Facts
from study.report.rows.speed_ups import by_place

FEW = 4  # treatments that are told one by one


def speed(facts: Facts) -> list[Point]:
    """Time of each treatment against dense float32, within one device, runtime and thread count."""
    parts = [
        f"{names.place(*place)}, {kind}: {_ratios(ratios)}"
        for (kind, *place), ratios in by_place(facts.speed_ups).items()
    ]
    if not parts:
        return []
    text = "How many times as fast as dense float32 of the same architecture, median over architectures:"
    return [Point("Speed", text, tuple(parts))]


def _ratios(found: dict[str, float]) -> str:
    said = {name: f"{name} {ratio:.2f}\u00d7" for name, ratio in found.items()}
    if len(said) <= FEW:
        return "; ".join(said.values())
    order = sorted(found, key=lambda name: found[name])
    return f"from {said[order[0]]} to {said[order[-1]]}"
