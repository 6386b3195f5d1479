"""A report's CSV file as the frame that it was written from: the inverse of `tables.csv_text`."""

import csv
import io
import re

import pandas as pd

from study.errors import StudyError
from study.report.fields import field
from study.report.tables import Row, Value, frame

WHOLE = re.compile(r"-?\d+")


def table_of(text: str) -> pd.DataFrame:
    """The rows: numbers where the column holds numbers, missing where nothing stands.

    Raises:
        StudyError: a number that is none, or a row of another length than the heading.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    try:
        for row in reader:
            if None in row or None in row.values():
                raise StudyError(f"line {reader.line_num} has not the columns of the heading: write the report again")
            rows.append({key: _value(key, value) for key, value in row.items()})
        return frame(rows, reader.fieldnames or [])
    except (csv.Error, ValueError) as error:
        raise StudyError(f"line {reader.line_num} is not readable ({error}): write the report again") from error


def _value(key: str, text: str) -> Value:
    if text == "":
        return None
    if text in ("true", "false") and not key.endswith("class"):  # the name of a class may be any word
        return text == "true"
    if not field(key).numeric:
        return text
    return int(text) if WHOLE.fullmatch(text) else float(text)
