"""Task mapping: a choice put into force. Levels in interpreters with the threads asked for, processors, clock.

Threads of an interpreter are made with it and inherit the processors that its maker may use; sched_setaffinity(2) moves
one thread alone. So there is one interpreter for each number of threads and set of processors, opened in place. Each
holds its own copy of the weights: all are opened at once, before the first call.
"""

import os
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from study.errors import StudyError
from study.manager.profile import Entry, Setting


class Runs(Protocol):
    """What runs levels, e.g. `levels_script.Levels`."""

    def run(self, name: str, image: Any) -> Any:
        """Logits of one level."""


class Mapped:
    """Runs entries, each in its setting.

    Args:
        entries: all that may be run.
        opened: opens the file with so many threads.
        set_khz: sets the clock (`khz, processors`); needed only where an entry has a frequency.

    Raises StudyError where processors are not to be had, or a frequency is asked for without a way to set it.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        opened: Callable[[int], Runs],
        set_khz: Callable[[int, Collection[int] | None], None] | None = None,
    ) -> None:
        self._everywhere = tuple(sorted(os.sched_getaffinity(0)))
        self._set_khz, self._now = set_khz, Setting(threads=0)
        if set_khz is None and any(entry.setting.khz is not None for entry in entries):
            raise StudyError("the profile has entries with a frequency: give a way to set it, or leave them out")
        self._opened: dict[tuple[int, tuple[int, ...] | None], Runs] = {}
        for setting in dict.fromkeys(entry.setting for entry in entries):
            if _key(setting) not in self._opened:
                self._place(setting.affinity)
                self._opened[_key(setting)] = opened(setting.threads)
        self._place(None)

    def run(self, entry: Entry, image: Any) -> Any:
        """Logits [1, C] of an image [1, H, W, 3], after moving to the entry's setting if it is another."""
        setting = entry.setting
        if setting != self._now:
            if setting.affinity != self._now.affinity:
                self._place(setting.affinity)
            if setting.khz is not None and self._set_khz and setting.khz != self._now.khz:
                self._set_khz(setting.khz, setting.affinity)
            self._now = setting
        return self._opened[_key(setting)].run(entry.level, image)

    def close(self) -> None:
        """Let the calling thread run everywhere again."""
        self._place(None)
        self._now = Setting(threads=0)

    def _place(self, processors: Sequence[int] | None) -> None:
        place(self._everywhere if processors is None else processors)


def place(processors: Sequence[int]) -> None:
    """Let the calling thread, and what it makes from now on, run on these processors alone.

    Raises:
        StudyError: none of them is there, or the system has no such call.
    """
    try:
        os.sched_setaffinity(0, processors)
    except (OSError, ValueError, AttributeError) as error:
        asked = ", ".join(map(str, processors))
        raise StudyError(
            f"cannot run on processor {asked} alone ({error}): choose processors of this machine"
        ) from error
    if os.sched_getaffinity(0) != set(processors):
        raise StudyError(
            f"not all processors of {', '.join(map(str, processors))} are there: choose among those that are"
        )


def _key(setting: Setting) -> tuple[int, tuple[int, ...] | None]:
    return setting.threads, setting.affinity
