"""`summary.json`: the headline figures of a report, few enough for one line of `dvc metrics show`."""

import json
from collections import Counter
from collections.abc import Sequence
from statistics import median

from study.report.facts import Facts
from study.report.findings.shipping import within
from study.report.rows.shipping import size_column
from study.report.verdicts.verdict import CONFIRMED, NOT_TESTABLE, REFUTED, Verdict


def summary(facts: Facts, judged: Sequence[Verdict]) -> dict[str, float]:
    """Figures by name; one that the rows do not allow is left out.

    `top1` is that of the most accurate variant (fraction), `change_pp` the median change of a compressed variant's
    top-1 and `class_drop_pp` that of the class that pays most (percentage points), `class_losses` counts classes with
    a significant loss, `smallest_mb` is the smallest file to ship, `smallest_within_1pp_mb` that of the variants
    within a point of their baseline, the last three count verdicts on the findings of 2021.
    """
    done = [row for row in facts.results if row.get("top1") is not None]
    compressed = [row for row in done if row.get("delta_pp") is not None]
    size, statuses = size_column(done), Counter(one.status for one in judged)
    found = {
        "variants": len(done),
        "missing": len(facts.results) - len(done),
        "top1": max((row["top1"] for row in done), default=None),
        "change_pp": _median([row["delta_pp"] for row in compressed]),
        "class_drop_pp": _median([row["worst_drop_pp"] for row in compressed if row.get("worst_drop_pp") is not None]),
        "class_losses": sum(bool(row.get("significant")) and row["delta_pp"] < 0 for row in facts.per_class),
        "smallest_mb": _megabytes([row[size] for row in compressed if row.get(size) is not None]),
        "smallest_within_1pp_mb": _megabytes([row[size] for row in within(compressed) if row.get(size) is not None]),
        "confirmed": statuses[CONFIRMED],
        "refuted": statuses[REFUTED],
        "not_testable": statuses[NOT_TESTABLE],
    }
    return {name: round(value, 6) for name, value in found.items() if value is not None}


def summary_text(facts: Facts, judged: Sequence[Verdict]) -> str:
    """The figures as JSON, one a line."""
    return json.dumps(summary(facts, judged), indent=1, allow_nan=False) + "\n"


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def _megabytes(sizes: list[float]) -> float | None:
    return min(sizes) / 1e6 if sizes else None
