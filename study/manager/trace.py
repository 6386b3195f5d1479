"""What happened, call by call, and what is told of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from study.manager.profile import Entry


@dataclass(frozen=True)
class Frame:
    """One call: when it began, under which load, what ran, how long it took, and whether that was too long.

    `load`: the number of co-runners, or of whatever else the times were recorded under. `ratio`: what the choice was
    made for, None where nothing was chosen.
    """

    number: int
    begin_us: float
    load: int
    entry: Entry
    microseconds: float
    late: bool
    ratio: float | None = None


@dataclass(frozen=True)
class Outcome:
    """Frames counted: `late` and `shares` are fractions, `shares` by level, the most frequent first."""

    frames: int
    late: float
    shares: Mapping[str, float]
    switches: int


def outcome(frames: Sequence[Frame]) -> Outcome:
    """Count at least one frame."""
    levels = Counter(frame.entry.level for frame in frames)
    switches = sum(one.entry != other.entry for one, other in pairwise(frames))
    shares = {level: count / len(frames) for level, count in levels.most_common()}
    return Outcome(len(frames), sum(frame.late for frame in frames) / len(frames), shares, switches)


def phases(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Frames in a row under one load, in their order."""
    found: list[list[Frame]] = []
    for frame in frames:
        if not found or found[-1][-1].load != frame.load:
            found.append([])
        found[-1].append(frame)
    return found
