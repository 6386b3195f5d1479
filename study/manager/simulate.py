"""Replay on a simulated clock: what the policy would have chosen, and how often it would have been late."""

from collections.abc import Mapping, Sequence

from study.errors import StudyError
from study.manager.policy import Choice, State, Task, begin, step
from study.manager.profile import Entry
from study.manager.trace import Frame

Times = Mapping[int, Mapping[str, Sequence[float]]]
"""Load -> level -> microseconds of its calls, as recorded in a row. A replay that is longer begins again."""


def replay(task: Task, times: Times, loads: Sequence[int], fixed: Entry | None = None) -> tuple[Frame, ...]:
    """One frame for each of `loads`, each begun when the one before has ended.

    The n-th frame takes the n-th recorded time of its level under its load: what one run finds, each other run finds at
    the same place.

    Args:
        task: deadline, entries and rules.
        times: recorded or made up. Entries of one level share them: they stand for one setting.
        loads: load of each frame.
        fixed: run this entry alone, without a policy.

    Raises:
        StudyError: a load or level has no times, or as `policy.begin`.
    """
    state: State | None = None if fixed else begin(task)
    frames: list[Frame] = []
    clock = 0.0
    for number, load in enumerate(loads):
        choice = state.choice if state else Choice(_given(fixed), True)
        recorded = times.get(load, {}).get(choice.entry.level, ())
        if not recorded:
            raise StudyError(f"no times of level {choice.entry.level} under load {load}: record some")
        took = recorded[number % len(recorded)]
        ratio = state.ratio if state else None
        frames.append(Frame(number, clock, load, choice.entry, took, took > task.deadline_us, ratio))
        clock += took
        state = step(state, took) if state else None
    return tuple(frames)


def _given(fixed: Entry | None) -> Entry:
    assert fixed is not None
    return fixed
