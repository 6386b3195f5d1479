"""A profile from what `levels_script.py` measured: one answer a setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.arrays import Floats
from study.errors import StudyError
from study.manager.profile import Entry, Opened, Profile, Setting

QUANTILE = 0.75
"""Of a single call's times: above the median, since a deadline is missed by the slow ones."""


@dataclass(frozen=True)
class Accuracy:
    """What an evaluation found of one level, as fractions: top-1, and the accuracy of its worst class."""

    top1: float
    worst_class: float


@dataclass(frozen=True, eq=False)
class LevelTimes:
    """One level in one process, microseconds: its first call, calls right after another level's, and later ones."""

    first: float
    switched: Floats
    steady: Floats

    @property
    def switching(self) -> float | None:
        """Median after another level over the median in a row; None for the only level of a file."""
        return float(np.median(self.switched) / np.median(self.steady)) if len(self.switched) else None


@dataclass(frozen=True, eq=False)
class Answer:
    """What one process of the script found in one setting."""

    opened: Opened
    runtime_version: str
    levels: Mapping[str, LevelTimes]


def request(path: str, model_sha256: str, runtime: str, setting: Setting, seconds: float) -> dict[str, Any]:
    """What `levels_script.py` is asked; the clock is set by whoever asks it."""
    return {
        "model": path,
        "model_sha256": model_sha256,
        "runtime": runtime,
        "threads": setting.threads,
        "affinity": None if setting.affinity is None else list(setting.affinity),
        "seconds": seconds,
    }


def answer_of(document: Any, setting: Setting) -> Answer:
    """The answer in the script's document.

    Raises:
        StudyError: it is no such answer; it may come from another machine.
    """
    try:
        opened = Opened(
            setting,
            str(document["delegate"]),
            document["open_ns"] / 1e3,
            *(None if document[name] is None else int(document[name]) for name in ("private_bytes", "resident_bytes")),
        )
        levels = {
            str(name): LevelTimes(
                times["first_ns"] / 1e3,
                *(np.asarray(times[series], np.float64) / 1e3 for series in ("switched_ns", "steady_ns")),
            )
            for name, times in document["levels"].items()
        }
        version = str(document["runtime_version"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StudyError(f"the times of levels lack or mistake {error}: measure again") from error
    for name, found in levels.items():
        if not len(found.steady) or min(found.first, found.steady.min(), found.switched.min(initial=1)) <= 0:
            raise StudyError(f"level {name} has no times, or times that are not positive: measure again")
    return Answer(opened, version, levels)


def profile_of(
    answers: Sequence[Answer],
    *,
    model_sha256: str,
    runtime: str,
    machine: str,
    levels: Sequence[str],
    accuracies: Mapping[str, Accuracy],
) -> Profile:
    """All answers as one profile.

    Args:
        answers: at least one, each of another setting.
        model_sha256: of the file.
        runtime: that all answers come from.
        machine: that all answers come from, in words.
        levels: the file's, from the widest to the narrowest.
        accuracies: level -> what an evaluation found; may lack some.

    Raises:
        StudyError: an evaluation is of a level that the file has not.
    """
    if unknown := set(accuracies) - set(levels):
        raise StudyError(f"there is an accuracy of '{min(unknown)}', but the file's levels are {', '.join(levels)}")

    def entry(level: str, answer: Answer) -> Entry:
        times, known = answer.levels[level], accuracies.get(level)
        return Entry(
            level,
            answer.opened.setting,
            float(np.quantile(times.steady, QUANTILE)),
            known.top1 if known else None,
            known.worst_class if known else None,
            first_microseconds=times.first,
            switching=times.switching,
        )

    return Profile(
        model_sha256,
        runtime,
        answers[0].runtime_version,
        machine,
        QUANTILE,
        tuple(levels),
        tuple(entry(level, answer) for answer in answers for level in levels),
        tuple(answer.opened for answer in answers),
    )
