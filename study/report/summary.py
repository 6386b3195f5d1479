"""`summary.json`: the headline figures of a report, few enough for one line of `dvc metrics show`."""

import json

import pandas as pd

from study.report.shipping import FLASH_BYTES, size_column, within
from study.report.tables import Tables, known

STATUSES = {"confirmed": "confirmed", "refuted": "refuted", "not_testable": "not testable"}
"""Names of the counts of verdicts, and the status counted."""


def summary(tables: Tables) -> dict[str, float]:
    """Figures by name; one that the rows do not allow is left out.

    `top1` is that of the most accurate variant (fraction), `change_pp` the median change of a compressed file's
    top-1 and `class_drop_pp` that of the class that pays most (percentage points), each vector of answers once and
    without the `collapsed` files. `losses_in_files` counts significant losses of a class in one file against
    another, `losses_over_seeds` those of a compression, of so many `tests_over_seeds`. `smallest_mb` is
    the smallest to transfer that has not collapsed, `smallest_within_1pp_mb` that of the variants within a point of
    their baseline, `flash_within_1pp_mb` the same on flash, the last three count verdicts on the findings of
    2021.
    """
    results, classes, judged = tables["results"], tables["per_class"], tables["verdicts"]["status"]
    over_seeds = known(tables["seeds"], "class")
    done = known(results, "top1")
    compressed, size = known(done, "delta_pp"), size_column(done)
    held = compressed[compressed["collapsed"].isna() & compressed["same_as"].isna()]
    found = {
        "variants": len(done),
        "missing": len(results) - len(done),
        "top1": done["top1"].astype(float).max(),
        "change_pp": held["delta_pp"].astype(float).median(),
        "class_drop_pp": held["worst_drop_pp"].astype(float).median(),
        "collapsed": int(done["collapsed"].notna().sum()),
        "losses_in_files": _losses(known(classes, "p_adjusted")),
        "tests_over_seeds": int(over_seeds["p_value"].notna().sum()),
        "losses_over_seeds": _losses(over_seeds),
        "smallest_mb": done[done["collapsed"].isna()][size].astype(float).min() / 1e6,
        "smallest_within_1pp_mb": within(compressed)[size].astype(float).min() / 1e6,
        "flash_within_1pp_mb": within(compressed)[FLASH_BYTES].astype(float).min() / 1e6,
        **{name: int((judged == status).sum()) for name, status in STATUSES.items()},
    }
    return {name: round(value, 6) for name, value in found.items() if value == value}


def _losses(tests: pd.DataFrame) -> int:
    """Significant losses of a class."""
    return int((tests["significant"].eq(True) & (tests["delta_pp"] < 0)).sum())


def summary_text(tables: Tables) -> str:
    """The figures as JSON, one a line."""
    return json.dumps(summary(tables), indent=1, allow_nan=False) + "\n"
