"""Times of two groups of files against each other, on ARM boards and elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from study.latency.measurement import OK
from study.report import names
from study.report.inputs import Row
from study.report.rows.latencies import groups
from study.report.verdicts.evidence import MEASURED, Evidence, known

ARM = ("aarch64", "arm")  # how `uname -m` begins on ARM boards: aarch64, arm64, armv7l
THREADS = 1  # the interpreter's default


@dataclass(frozen=True)
class Ratio:
    """How many times as long the baseline takes: the ratio of medians, and of the ends of their 95 % intervals.

    `low` and `high` are None where an interval is missing.
    """

    arch: str
    place: str  # device, runtime and processor
    middle: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Times:
    """Ratios from ARM boards; from other machines, an indication at most; and how many comparisons were doubtful."""

    arm: tuple[Ratio, ...]
    elsewhere: tuple[Ratio, ...]
    unstable: int


def times(found: Evidence, rows: Sequence[Row]) -> Times:
    """Each of `rows` against its baseline where both were measured in a stable run, on one thread, at one place."""
    arm: list[Ratio] = []
    elsewhere: list[Ratio] = []
    unstable = 0
    for (kind, device, runtime, threads), measured in groups(found.facts.latency).items():
        if kind != MEASURED or threads != THREADS:
            continue
        taken = {row["variant"]: row for row in measured}
        for row in rows:
            own, base = taken.get(row["variant"]), taken.get(row.get("baseline") or "")
            if not own or not base:
                continue
            if own["status"] != OK or base["status"] != OK:
                unstable += 1
                continue
            machine = str(own.get("machine") or "unknown processor")
            place = f"{names.clean(device)} \u00b7 {names.clean(runtime)} \u00b7 {names.clean(machine)}"
            there = arm if machine.startswith(ARM) else elsewhere
            there.append(_ratio(row["arch"], place, own, base))
    return Times(tuple(arm), tuple(elsewhere), unstable)


def _ratio(arch: str, place: str, own: Row, base: Row) -> Ratio:
    ends = [own.get("ci_low_us"), own.get("ci_high_us"), base.get("ci_low_us"), base.get("ci_high_us")]
    low, high = (
        (base["ci_low_us"] / own["ci_high_us"], base["ci_high_us"] / own["ci_low_us"]) if known(*ends) else (None, None)
    )
    return Ratio(arch, place, base["median_us"] / own["median_us"], low, high)
