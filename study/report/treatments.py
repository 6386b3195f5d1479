"""What makes a treatment: rows that agree in these columns differ in their seed alone."""

import pandas as pd

from study.report.tables import Record
from study.tflite.signature import SERVING_DEFAULT

ORDINARY = SERVING_DEFAULT
"""The level of a file that holds one network."""

KEYS = ["arch", "method", "amount", "level", "quantization"]


def with_levels(table: pd.DataFrame) -> pd.DataFrame:
    """A table with its column `level`; one of an earlier version, which wrote none, is of ordinary files alone."""
    return table if "level" in table else table.assign(level=ORDINARY)


def file_of(row: Record) -> str:
    """The stem of the file that a row of `results.csv` is a level of."""
    return str(row["variant"]).removesuffix(f"_{row['level']}")
