"""`reliability.csv`: how sure each variant is and how often it is right then, one row a variant and bin."""

from collections.abc import Mapping

from study.report.answers import Predictions
from study.report.inputs import Inputs, Row

COLUMNS = ["variant", "bin", "bin_low", "bin_high", "n", "confidence", "accuracy", "gap_pp"]


def reliability_rows(inputs: Inputs, given: Mapping[str, Predictions]) -> list[Row]:
    """Fifteen bins of every variant that has answers, from the least sure to the surest; empty ones have no figures."""
    rows: list[Row] = []
    for variant in inputs.exported:
        if variant not in given:
            continue
        for place, one in enumerate(given[variant].reliability, start=1):
            gap = None if one.accuracy is None or one.confidence is None else 100 * (one.accuracy - one.confidence)
            rows.append(
                {
                    "variant": variant,
                    "bin": place,
                    "bin_low": one.low,
                    "bin_high": one.high,
                    "n": one.n,
                    "confidence": one.confidence,
                    "accuracy": one.accuracy,
                    "gap_pp": gap,
                }
            )
    return rows
