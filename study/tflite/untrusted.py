"""What guards the reading of a file from a stranger: every size is bounded, every index checked, every name printable.

The generated reader trusts whatever the file says. All that is wrong with the bytes ends in one StudyError.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from study.errors import StudyError, printable

LIMIT = 100_000
"""Entries of one table: more tensors or operators than any real network has, and quick to walk through."""

Row = TypeVar("Row")


@contextmanager
def untrusted() -> Iterator[None]:
    """Turn whatever a strange file provokes into one line: the generated reader trusts every offset and size."""
    try:
        yield
    except StudyError:
        raise
    except Exception as error:
        raise StudyError("not a readable TFLite file: it is truncated or damaged") from error


def require(condition: bool, what: str) -> None:
    """Refuse a file that contradicts itself.

    Raises:
        StudyError: the condition does not hold; `what` says so.
    """
    if not condition:
        raise StudyError(f"not a consistent TFLite file: {what}")


def rows(length: int, at: Callable[[int], Any], read: Callable[[Any], Row], limit: int = LIMIT) -> list[Row]:
    """Read each entry of a vector of tables."""
    require(0 <= length <= limit, f"it claims {length} entries in one table")
    return [read(at(i)) for i in range(length)]


def within(index: int, length: int, what: str = "an index points outside its table") -> int:
    """An index that is one."""
    require(0 <= index < length, what)
    return index


def integers(values: Any) -> tuple[int, ...]:
    """A vector as integers; the reader gives 0 in place of one that is absent."""
    return () if isinstance(values, int) else tuple(int(value) for value in values)


def text(value: bytes | None) -> str:
    """A name fit for one line, whatever the file has in its place."""
    return printable((value or b"")[:200].decode("utf-8", "replace"))
