"""`exemplars.csv`: how many images compression changes for good, for all compressed variants and each treatment."""

from collections.abc import Mapping

import numpy as np

from study.report.answers import Predictions
from study.report.inputs import Inputs, Row, amount_of, method_of
from study.statistics.exemplars import modal_exemplars, taxicab

COLUMNS = [
    "method",
    "amount",
    "quantization",
    "models",
    "base_models",
    "test_images",
    "modal",
    "modal_ties",
    "modal_base_top1",
    "modal_top1",
    "taxicab",
    "taxicab_half",
]
HALF = 1.0
"""Taxicab distance from which at least half of the answers have moved."""


def groups(inputs: Inputs, given: Mapping[str, Predictions]) -> tuple[list[Predictions], list[Predictions]]:
    """Base models, dense and float32, and all others."""
    sides: dict[bool, list[Predictions]] = {True: [], False: []}
    for variant, answer in given.items():
        sides[_key(inputs, variant) == ("dense", 0.0, "float32")].append(answer)
    return sides[True], sides[False]


def exemplar_counts(inputs: Inputs, given: Mapping[str, Predictions]) -> list[Row]:
    """The row of all compressed variants first, its method empty; then recipe by scheme, over networks and seeds.

    None without models of both groups.
    """
    base, compressed = groups(inputs, given)
    if not base or not compressed:
        return []
    single: dict[tuple[str, float, str], list[Predictions]] = {}
    for variant, answer in given.items():
        single.setdefault(_key(inputs, variant), []).append(answer)
    single.pop(("dense", 0.0, "float32"), None)
    rows = [_row(inputs, base, compressed)]
    for (method, amount, scheme), own in single.items():
        rows.append({"method": method, "amount": amount, "quantization": scheme} | _row(inputs, base, own))
    return rows


def _row(inputs: Inputs, base: list[Predictions], compressed: list[Predictions]) -> Row:
    before, after = ([answer.predicted for answer in side] for side in (base, compressed))
    classes = len(inputs.card["classes"])
    found, distance = modal_exemplars(before, after, classes), taxicab(before, after, classes)
    row: Row = {
        "models": len(compressed),
        "base_models": len(base),
        "test_images": len(base[0].labels),
        "modal": len(found.indices),
        "modal_ties": found.ties,
        "taxicab": float(distance.mean()),
        "taxicab_half": int((distance >= HALF - 1e-9).sum()),
    }
    if found.indices:
        row["modal_base_top1"] = float(np.mean([side.correct[found.indices].mean() for side in base]))
        row["modal_top1"] = float(np.mean([side.correct[found.indices].mean() for side in compressed]))
    return row


def _key(inputs: Inputs, variant: str) -> tuple[str, float, str]:
    cell = inputs.exported[variant]
    return method_of(cell), amount_of(cell), str(cell["scheme"])
