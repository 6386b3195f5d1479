"""`summary.json`: the headline figures of a report, few enough for one line of `dvc metrics show`."""

import json

from study.report.shipping import FLASH_BYTES, size_column, within
from study.report.tables import Tables, known

STATUSES = {"confirmed": "confirmed", "refuted": "refuted", "not_testable": "not testable"}
"""Names of the counts of verdicts, and the status counted."""


def summary(tables: Tables) -> dict[str, float]:
    """Figures by name; one that the rows do not allow is left out.

    `top1` is that of the most accurate variant (fraction), `change_pp` the median change of a compressed variant's
    top-1 and `class_drop_pp` that of the class that pays most (percentage points), `class_losses` counts classes with
    a significant loss, `smallest_mb` is the smallest to transfer, `smallest_within_1pp_mb` that of the variants
    within a point of their baseline, `smallest_flash_within_1pp_mb` the same on flash, the last three count
    verdicts on the findings of 2021.
    """
    results, classes, judged = tables["results"], tables["per_class"], tables["verdicts"]["status"]
    done = known(results, "top1")
    compressed, size = known(done, "delta_pp"), size_column(done)
    found = {
        "variants": len(done),
        "missing": len(results) - len(done),
        "top1": done["top1"].astype(float).max(),
        "change_pp": compressed["delta_pp"].astype(float).median(),
        "class_drop_pp": compressed["worst_drop_pp"].astype(float).median(),
        "class_losses": int((known(classes, "delta_pp").query("delta_pp < 0")["significant"] == True).sum()),  # noqa: E712
        "smallest_mb": done[size].astype(float).min() / 1e6,
        "smallest_within_1pp_mb": within(compressed)[size].astype(float).min() / 1e6,
        "smallest_flash_within_1pp_mb": within(compressed)[FLASH_BYTES].astype(float).min() / 1e6,
        **{name: int((judged == status).sum()) for name, status in STATUSES.items()},
    }
    return {name: round(value, 6) for name, value in found.items() if value == value}


def summary_text(tables: Tables) -> str:
    """The figures as JSON, one a line."""
    return json.dumps(summary(tables), indent=1, allow_nan=False) + "\n"
