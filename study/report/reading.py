"""Rows of a report's CSV file as they were before they were written: the inverse of `fields.csv_text`."""

import csv
import io
import re

from study.errors import StudyError
from study.report.fields import field
from study.report.inputs import Row

Value = str | int | float | bool | None
WHOLE = re.compile(r"-?\d+")


def rows_of(text: str) -> list[Row]:
    """The rows: numbers where the column holds numbers, None where nothing stands.

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
    except (csv.Error, ValueError) as error:
        raise StudyError(f"line {reader.line_num} is not readable ({error}): write the report again") from error
    return rows


def _value(key: str, text: str) -> Value:
    if text == "":
        return None
    if text in ("true", "false"):
        return text == "true"
    if not field(key).numeric:
        return text
    return int(text) if WHOLE.fullmatch(text) else float(text)
