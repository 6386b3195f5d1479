"""A variant against another one that is not its baseline: the study's paired test on the same images."""

from collections.abc import Mapping, Sequence

from study.report.answers import Predictions
from study.report.inputs import Row
from study.report.rows.per_class import LEVEL
from study.statistics.corrections import holm
from study.statistics.paired import compare


def paired(given: Mapping[str, Predictions], against: str, variant: str) -> Row:
    """Columns of the comparison (exact McNemar test, Newcombe's interval); none where one of them has no answers."""
    if against not in given or variant not in given:
        return {}
    found = compare(given[against].correct, given[variant].correct)
    return {
        "n": found.n,
        "base_only": found.base_only,
        "variant_only": found.variant_only,
        "against_pp": found.delta_pp,
        "against_low_pp": found.ci_low_pp,
        "against_high_pp": found.ci_high_pp,
        "p_value": found.p_value,
    }


def corrected(rows: Sequence[Row]) -> list[Row]:
    """The rows with Holm's correction over all their tests; two rows of the same two variants are one test."""
    tests = {(row["variant"], row["against"]): row["p_value"] for row in rows if row.get("p_value") is not None}
    adjusted = dict(zip(tests, holm(list(tests.values())), strict=True))
    return [row | _claim(adjusted.get((row["variant"], row["against"]))) for row in rows]


def _claim(p: float | None) -> Row:
    return {} if p is None else {"p_adjusted": p, "against_significant": p < LEVEL}
