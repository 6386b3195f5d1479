"""What a comparison could not have seen: the smallest drop of one class that its tests show."""

from collections.abc import Sequence
from statistics import median

from study.comparing.comparison import PAIRED, UNPAIRED
from study.report.blocks import Point
from study.report.correction import LEVEL
from study.report.names import NBSP
from study.report.phrases import percent
from study.report.tables import Record
from study.statistics.power import detectable_drop, power
from study.statistics.unpaired import detectable_drop_unpaired

STEP, TARGET = 0.25, 0.8  # percentage points, and power: those of study.statistics.power.detectable_drop


def unseen(classes: Sequence[Record]) -> Point:
    """The smallest drop with what it rests on; `classes` are the tested rows of classes."""
    level = f"80{NBSP}% power, corrected for {len(classes)} tests"
    return Point(
        "What could not have been seen", " ".join(f"{said} ({level}; {why})." for said, why in _kinds(classes))
    )


def missed(classes: Sequence[Record]) -> str:
    """The same in short."""
    return " ".join(f"{said}." for said, _ in _kinds(classes))


def _kinds(classes: Sequence[Record]) -> list[tuple[str, str]]:
    """For each kind of test which drops it misses, and why."""
    found = []
    for test in (PAIRED, UNPAIRED):
        if rows := [row for row in classes if row["test"] == test]:
            drop, why = _least(test, rows, len(classes))
            what = "Any drop of one class" if drop is None else f"A drop of one class below about {drop:g} points"
            where = "" if len(rows) == len(classes) else f" where tests are {test}"
            found.append((f"{what} would often have been missed{where}", why))
    return found


def _least(test: str, rows: Sequence[Record], tests: int) -> tuple[float | None, str]:
    n_a, n_b = (int(median(row[key] for row in rows)) for key in ("n_a", "n_b"))
    if test == PAIRED:
        share = max(median((row["a_only"] + row["b_only"]) / row["n_a"] for row in rows), 0.01)
        return detectable_drop(n_a, share, tests) or _beyond(n_a, share, tests), (
            f"{n_a:,} images a class, of which {percent(share)} are right on one side alone"
        )
    share = median(row["accuracy_a"] for row in rows)
    return detectable_drop_unpaired(n_a, n_b, share, tests), (
        f"{n_a:,} images a class in A and {n_b:,} in B, {percent(share)} right in A"
    )


def _beyond(n: int, share: float, tests: int) -> float | None:
    """The same where no drop within the usual `share` is seen: of more images than that, all of them losses."""
    for step in range(int(100 * share / STEP) + 1, int(100 / STEP) + 1):
        if power(n, step * STEP / 100, step * STEP / 100, LEVEL / tests) >= TARGET:
            return step * STEP
    return None
