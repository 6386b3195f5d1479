"""`wall_times.csv`: the journal of `make study`, a line a call of DVC that ran something, and what it adds up to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from study.errors import StudyError
from study.report.tables import Record

COLUMNS = ["preset", "stage", "cells", "jobs", "started", "seconds", "failed"]
"""`started` is UTC in ISO 8601; `cells` counts what the call was to make, `jobs` how many calls might run at a time."""
TRAININGS = ("train", "compress")


GAP = 60.0
"""Seconds without a call from which on they are a gap: less is what starting the next one takes."""


@dataclass(frozen=True)
class Elapsed:
    """Seconds from the first start to the last end, and those of each gap in between, in their order."""

    seconds: float
    gaps: tuple[float, ...]


def elapsed(journal: Sequence[Record]) -> Elapsed:
    """The wall time of one journal that has a line: of one folder on one machine, since folders share no clock.

    Raises:
        StudyError: a line that no journal has; of this function and the others here.
    """
    stretches = _stretches(journal)
    idle = (after - before for (_, before), (after, _) in pairwise(stretches))
    return Elapsed(stretches[-1][1] - stretches[0][0], tuple(gap for gap in idle if gap >= GAP))


def added_up(journal: Sequence[Record]) -> dict[str, float]:
    """Stage -> seconds of its calls, each counted by itself, however many ran beside it; in order of appearance."""
    found: dict[str, float] = {}
    for row in journal:
        start, end = _span(row)
        found[str(row["stage"])] = found.get(str(row["stage"]), 0.0) + end - start
    return found


def side_by_side(journal: Sequence[Record], stages: Collection[str]) -> tuple[int, float]:
    """How many calls of these stages might run at a time, and how many did on average while any did; 0 of none."""
    own = [row for row in journal if row["stage"] in stages]
    covered = sum(end - start for start, end in _stretches(own))
    busy = sum(added_up(own).values())
    return max((int(row["jobs"]) for row in own), default=0), busy / covered if covered else 0.0


def _span(row: Record) -> tuple[float, float]:
    try:
        start = datetime.fromisoformat(str(row["started"])).timestamp()
        return start, start + float(row["seconds"])
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"wall_times.csv has a line that is none of its own ({error}): delete it") from error


def _stretches(journal: Sequence[Record]) -> list[tuple[float, float]]:
    """Start and end of each stretch in which something ran, in their order."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(map(_span, journal)):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
