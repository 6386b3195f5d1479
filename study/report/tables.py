"""The tables of a report as frames, each made when it is first asked for; topics make them, and read those of others.

A frame has one row an entry of its CSV file, in the order of the file, and its columns under their names in
fields.py. Missing values are NaN or None. Columns that begin with an underscore are for the report alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from study.report.fields import csv_value
from study.report.inputs import Inputs

Value = str | float | int | bool | None
Row = dict[str, Value]
"""A row on its way into a frame."""
Record = Mapping[str, Any]
"""A row of a frame, to be read."""


class Tables:
    """What the topics computed: `tables["results"]` is the frame of results.csv, made once."""

    def __init__(self, inputs: Inputs, makers: "Mapping[str, Callable[[Tables], pd.DataFrame]]") -> None:
        self.inputs = inputs
        self._makers = makers
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            self._made[name] = self._makers[name](self)
        return self._made[name]

    def csv_files(self) -> dict[str, str]:
        """File name -> text of every table."""
        return {f"{name}.csv": csv_text(self[name]) for name in self._makers}


def frame(rows: Iterable[Mapping[str, Value]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a frame with exactly these columns, in this order; what a row does not have is missing."""
    return pd.DataFrame([[row.get(key) for key in columns] for row in rows], columns=list(columns))


def known(table: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """The rows that have values in all of these columns."""
    return table[table[list(keys)].notna().all(axis=1)]


def records(table: pd.DataFrame) -> list[Record]:
    """The rows one by one, a missing value as None, a number as Python's own.

    Column by column, in a quarter of the time of `DataFrame.where` and `to_dict`: sections ask for it a hundred times.
    """
    columns = [
        [None if gone else _plain(value) for value, gone in zip(column.tolist(), column.isna(), strict=True)]
        for _, column in table.items()
    ]
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """Of a column of objects `tolist` leaves NumPy's values as they are."""
    return value.item() if isinstance(value, np.generic) else value


def csv_text(table: pd.DataFrame) -> str:
    """A frame as CSV in the formats of fields.py: equal results give equal bytes."""
    shown = [key for key in table.columns if not key.startswith("_")]
    texts = pd.DataFrame({key: [csv_value(key, value) for value in table[key]] for key in shown}, columns=shown)
    return texts.to_csv(index=False, lineterminator="\n")
