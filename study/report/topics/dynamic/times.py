"""Times of levels: those of one file at one place, so that they compare, with one thread."""

import pandas as pd

from study.report import names
from study.report.tables import Record, records
from study.report.topics.structured.networks import one_thread

MEASURED = "median_us ci_low_us ci_high_us device runtime status range millijoules energy_range".split()
PREDICTED = "predicted_us left_out_percent predicted_on predicted_range".split()
COLUMNS = [*MEASURED, *PREDICTED]
RANGES = {"range": "median_us", "energy_range": "millijoules", "predicted_range": "predicted_us"}


def of_levels(latency: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Measured and predicted times by `variant`, and of each kind the range: that of the widest level over its own.

    `levels` have `variant`, `file` and `_widest`, the name of the file's widest level. A file has the times of the
    first place that timed its widest level, or else any of its levels.
    """
    timed = one_thread(latency)
    found = _at_one_place(timed[timed["kind"] == "measured"], levels)
    other = _at_one_place(timed[timed["kind"] == "predicted"], levels)
    found["predicted_us"], found["left_out_percent"] = other["median_us"], other["left_out_percent"]
    found["predicted_on"] = [_place(row) for row in records(other)]
    for key, value in RANGES.items():
        own = found[value].astype("float64")
        found[key] = found["_widest"].map(own.set_axis(found["variant"])) / own.where(own > 0)
    return found[["variant", *COLUMNS]]


def _at_one_place(times: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """The time of each level, in the order of `levels`; missing where its place has none."""
    own = levels[["variant", "file", "_widest"]]
    made = own.merge(times[["variant", "_place"]], on="variant")
    widest = made[made["variant"] == made["_widest"]].groupby("file")["_place"].min()
    place = own["file"].map(widest).fillna(own["file"].map(made.groupby("file")["_place"].min()))
    return own.assign(_place=place).merge(times, on=["variant", "_place"], how="left")


def _place(row: Record) -> str | None:
    return None if row["device"] is None else names.place(str(row["device"]), str(row["runtime"]), 1)
