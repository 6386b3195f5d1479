"""Sentences on pruning and quantizing together."""

from study.report import names
from study.report.blocks import Point
from study.report.inputs import Row
from study.report.phrases import NBSP, number, p_equals, points
from study.report.rows.per_class import LEVEL

MOST = 3


def interaction(rows: list[Row]) -> list[Point]:
    """How often the two together cost more, or less, than their sum; of variants, then of single classes."""
    whole = [row for row in rows if row["class"] is None]
    if not whole:
        return []
    seeds = names.several_seeds(rows)
    worse, better = _claims(whole)
    lowest = sorted(whole, key=lambda row: float(row["interaction_pp"]))[:MOST]
    text = (
        f"Of {number(len(whole), 'variant')} both pruned and quantized, {len(worse)} lose significantly more top-1 "
        f"than the sum of both losses and {len(better)} less (difference of differences on the same images, Holm over "
        f"all {len(rows)} tests, single classes included, level {LEVEL:g})."
    )
    single = [row for row in rows if row["class"] is not None]
    if single:
        bad, good = _claims(single)
        text += f" Of {len(single)} single classes, {len(bad)} lose significantly more than the sum, {len(good)} less."
    parts = tuple(
        f"{names.full(row, seeds)}: {points(row['joint_pp'])} points together against {points(row['sum_pp'])} as a "
        f"sum, {points(row['interaction_pp'])} beyond it (95{NBSP}% {points(row['interaction_low_pp'])} to "
        f"{points(row['interaction_high_pp'])}), adjusted {p_equals(row['p_adjusted'])}"
        for row in lowest
    )
    return [Point("Pruning and quantizing together", f"{text} Lowest, significant or not:", parts)]


def _claims(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    sure = [row for row in rows if row["interaction_significant"]]
    return [row for row in sure if row["interaction_pp"] < 0], [row for row in sure if row["interaction_pp"] > 0]
