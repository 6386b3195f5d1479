"""Numbers inside sentences, each written one way."""

from collections.abc import Callable, Collection

import pandas as pd

from study.report.fields import minus, p_text
from study.report.names import NBSP
from study.report.tables import Record


def percent(share: float) -> str:
    """A fraction in per cent."""
    return f"{100 * share:.2f}{NBSP}%"


def megabytes(size: float) -> str:
    """Bytes in megabytes of 1,000,000."""
    return f"{size / 1e6:.3f}{NBSP}MB"


def points(value: float) -> str:
    """A signed change in percentage points, without the unit."""
    return minus(f"{value:+.2f}")


def change(row: Record) -> str:
    """A change with its paired interval."""
    interval = f"95{NBSP}% {points(row['ci_low_pp'])} to {points(row['ci_high_pp'])}"
    return f"{points(row['delta_pp'])} points ({interval})"


def spread(values: pd.Series) -> str:
    """A mean change over seeds with its standard deviation and their number; of a single file the change alone."""
    mean = points(float(values.mean()))
    return mean if len(values) == 1 else f"{mean}{NBSP}\u00b1{NBSP}{values.std():.2f} ({len(values)}{NBSP}seeds)"


def span(values: Collection[float], form: Callable[[float], str]) -> str:
    """`a to b`, or `a` where both read the same."""
    low, high = form(min(values)), form(max(values))
    return low if low == high else f"{low} to {high}"


def p_equals(p: float) -> str:
    """`p = 0.031` or `p < 0.001`."""
    text = p_text(p)
    return f"p{NBSP}<{NBSP}{text[1:]}" if text.startswith("<") else f"p{NBSP}={NBSP}{text}"


def number(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def are(count: int) -> str:
    """The verb of a count."""
    return "is" if count == 1 else "are"


def sentence(note: object) -> str:
    """A note of the data card with a capital and a full stop."""
    text = str(note).strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
