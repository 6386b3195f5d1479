"""`wall_times.csv`: the journal of `make study`, a line a call of DVC that ran something, and what it adds up to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from study.errors import StudyError
from study.report.tables import Record

COLUMNS = ["preset", "stage", "cells", "jobs", "started", "seconds", "failed"]
"""`started` is UTC in ISO 8601; `cells` counts what the call was to make, `jobs` how many calls might run at a time."""
TRAININGS = ("train", "compress")


@dataclass(frozen=True)
class Spent:
    """Seconds in which a call ran, seconds of all calls added up, and the most calls that might run at a time."""

    wall: float
    busy: float
    jobs: int


def spent(journals: Sequence[Sequence[Record]], stages: Iterable[str] | None = None) -> Spent:
    """Of the given stages, or of all, over the journals of several machines or folders.

    Raises:
        StudyError: a line that no journal has.
    """
    wanted = None if stages is None else set(stages)
    own = [[row for row in journal if wanted is None or row["stage"] in wanted] for journal in journals]
    spans = [[_span(row) for row in journal] for journal in own]
    return Spent(
        sum(map(_covered, spans)),
        sum(end - start for each in spans for start, end in each),
        max((int(row["jobs"]) for journal in own for row in journal), default=0),
    )


def stages_of(journals: Sequence[Sequence[Record]]) -> list[str]:
    """The stages that ran, each once, in order of appearance."""
    return list(dict.fromkeys(str(row["stage"]) for journal in journals for row in journal))


def _span(row: Record) -> tuple[float, float]:
    try:
        start = datetime.fromisoformat(str(row["started"])).timestamp()
        return start, start + float(row["seconds"])
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"wall_times.csv has a line that is none of its own ({error}): delete it") from error


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Length of the union of intervals."""
    covered, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered += max(end - max(start, reached), 0.0)
        reached = max(reached, end)
    return covered
