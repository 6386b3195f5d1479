"""`per_class.csv`: one row a variant and class, each class tested against the dense float32 variant."""

from collections.abc import Mapping

from study.report.answers import Answers
from study.report.inputs import Inputs, Row, amount_of, baseline_of, method_of
from study.statistics import compare, holm

COLUMNS = [
    "variant", "class", "n", "correct", "accuracy", "baseline", "delta_pp", "base_only", "variant_only",
    "p_value", "p_adjusted", "ci_low_pp", "ci_high_pp", "significant", "arch", "method", "amount",
    "quantization", "seed",
]  # fmt: skip
LEVEL = 0.05


def per_class(inputs: Inputs, answers: Mapping[str, Answers]) -> list[Row]:
    """Rows in the order of plan and data card; Holm's correction runs over all tests of the report.

    A baseline is not compared with itself: its rows have counts and no test.
    """
    rows = [row for variant in inputs.exported for row in _rows(inputs, answers, variant)]
    tested = [row for row in rows if row.get("p_value") is not None]
    for row, adjusted in zip(tested, holm([row["p_value"] for row in tested]), strict=True):
        row |= {"p_adjusted": adjusted, "significant": adjusted < LEVEL}
    return rows


def _rows(inputs: Inputs, answers: Mapping[str, Answers], variant: str) -> list[Row]:
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
