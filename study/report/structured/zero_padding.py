"""`zero_padding.csv`: automatic pruning with zero-padded residual blocks, against the same without."""

from collections.abc import Mapping, Sequence

from study.report.answers import Predictions
from study.report.inputs import Row
from study.report.structured.paired import corrected, paired

COLUMNS = [
    "variant",
    "against",
    "top1",
    "against_top1",
    "n",
    "base_only",
    "variant_only",
    "against_pp",
    "against_low_pp",
    "against_high_pp",
    "p_value",
    "p_adjusted",
    "against_significant",
    "macs_ratio",
    "against_macs_ratio",
    "latency_ratio",
    "against_latency_ratio",
    "predicted_ratio",
    "against_predicted_ratio",
    "training_seconds",
    "against_seconds",
    "arch",
    "amount",
    "quantization",
    "seed",
]
WITH, WITHOUT = "automatic", "automatic_coupled"
BOTH = {
    "top1": "against_top1",
    "macs_ratio": "against_macs_ratio",
    "latency_ratio": "against_latency_ratio",
    "predicted_ratio": "against_predicted_ratio",
    "training_seconds": "against_seconds",
}
SAME = ["arch", "amount", "quantization", "seed"]


def zero_padding(rows: Sequence[Row], given: Mapping[str, Predictions]) -> list[Row]:
    """One row a pair of the same architecture, amount, scheme and seed; `rows` are those of `structured.csv`."""
    without = {tuple(row[key] for key in SAME): row for row in rows if row["method"] == WITHOUT}
    found = []
    for row in rows:
        other = without.get(tuple(row[key] for key in SAME))
        if row["method"] == WITH and other:
            line: Row = {key: row[key] for key in SAME} | {"variant": row["variant"], "against": other["variant"]}
            for key, theirs in BOTH.items():
                line |= {key: row[key], theirs: other[key]}
            found.append(line | paired(given, other["variant"], row["variant"]))
    return corrected(found)
