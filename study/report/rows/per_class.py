"""`per_class.csv`: one row a variant and class, each class tested against the dense float32 variant.

Beside each class's own change stands its excess, the change minus the mean change of all classes of the variant.
"""

from collections.abc import Mapping

import numpy as np

from study.report.answers import Predictions
from study.report.inputs import Inputs, Row, amount_of, baseline_of, method_of
from study.statistics.class_contrast import contrasts
from study.statistics.corrections import benjamini_hochberg, holm
from study.statistics.paired import compare

COLUMNS = [
    "variant",
    "class",
    "n",
    "correct",
    "accuracy",
    "baseline",
    "delta_pp",
    "base_only",
    "variant_only",
    "p_value",
    "p_adjusted",
    "ci_low_pp",
    "ci_high_pp",
    "significant",
    "arch",
    "method",
    "amount",
    "quantization",
    "seed",
    "q_value",
    "excess_pp",
    "excess_low_pp",
    "excess_high_pp",
    "excess_p_value",
    "excess_p_adjusted",
    "excess_significant",
]
LEVEL = 0.05


def per_class(inputs: Inputs, answers: Mapping[str, Predictions]) -> list[Row]:
    """Rows in the order of plan and data card; each correction runs over all tests of its kind in the report.

    A baseline is not compared with itself: its rows have counts and no test.
    """
    rows = [row for variant in inputs.exported for row in _rows(inputs, answers, variant)]
    tested = [row for row in rows if row.get("p_value") is not None]
    p_values = [row["p_value"] for row in tested]
    for row, adjusted, q_value in zip(tested, holm(p_values), benjamini_hochberg(p_values), strict=True):
        row |= {"p_adjusted": adjusted, "significant": adjusted < LEVEL, "q_value": q_value}
    for variant in inputs.exported:
        _excess([row for row in tested if row["variant"] == variant], len(tested))
    beyond = [row for row in tested if "excess_p_value" in row]
    for row, adjusted in zip(beyond, holm([row["excess_p_value"] for row in beyond]), strict=True):
        row |= {"excess_p_adjusted": adjusted, "excess_significant": adjusted < LEVEL}
    return rows


def _excess(rows: list[Row], family: int) -> None:
    """Set each class of one variant against the mean of its classes; one class alone has no average to be above."""
    if len(rows) < 2:
        return
    n, losses, gains = (np.array([row[key] for row in rows]) for key in ("n", "base_only", "variant_only"))
    for row, found in zip(rows, contrasts(n, losses, gains, family), strict=True):
        row |= {
            "excess_pp": found.excess_pp,
            "excess_low_pp": found.low_pp,
            "excess_high_pp": found.high_pp,
            "excess_p_value": found.p_value,
        }


def _rows(inputs: Inputs, answers: Mapping[str, Predictions], variant: str) -> list[Row]:
    cell, base = inputs.exported[variant], baseline_of(inputs.exported, variant)
    own, against = answers.get(variant), answers.get(base or "")
    counted = inputs.accuracy.get(variant, {}).get("per_class", [])
    rows = []
    for index, name in enumerate(inputs.card["classes"]):
        row: Row = {
            "variant": variant,
            "class": str(name),
            "arch": cell["architecture"],
            "method": method_of(cell),
            "amount": amount_of(cell),
            "quantization": cell["scheme"],
            "seed": cell["seed"],
            "baseline": base if base != variant else None,
        }
        if index < len(counted):
            row |= {key: counted[index].get(key) for key in ("n", "correct", "accuracy")}
        if own and against and variant != base and (own.labels == index).any():
            images = own.labels == index
            row |= vars(compare(against.correct[images], own.correct[images]))
        rows.append(row)
    return rows
