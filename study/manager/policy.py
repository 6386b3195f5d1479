"""Which entry of a profile to run next, from how long the last calls took. Pure: durations in, a choice out, no clock.

The load of a machine shows in the ratio of seen to expected time, which all levels share more or less (the global
slowdown of ALERT, Wan et al. 2020, arXiv 1911.00119). A quantile of the recent ratios decides, so that the load's end
is seen at a narrow level too, and an outlier counts for little. Three rules go beyond it:

- A late call counts at once: the next choice is made for its own ratio.
- After a late call no slower entry is chosen for some calls, for twice as many whenever a climb has failed soon, up to
  a limit. So an entry that does not hold what its profile promises is tried ever more rarely, and never given up.
- A climb throws the ratios of before away. Where each call costs more than expected by a fixed time, a narrow level's
  ratio is too high and hides the widest; on the way up each level's is closer to that of the next.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from study.errors import StudyError
from study.manager.profile import Entry


@dataclass(frozen=True)
class Rules:
    """How quick and how careful the policy is.

    `window`: calls whose ratios decide, of which `quantile` is taken. `few`: ratios without which there is no climb.
    `wait`: calls without a climb after a late one, in the end `longest_wait`; at least as many as ratios of a window
    that the quantile leaves out, or a step in load would pass for outliers. `proven`: calls after which a climb has
    succeeded. `window` and `longest_wait` bound how long the widest level takes to come back.
    """

    window: int = 20
    quantile: float = 0.9
    few: int = 6
    wait: int = 2
    longest_wait: int = 32
    proven: int = 8


@dataclass(frozen=True)
class Task:
    """What is asked for: calls within the deadline, and within that the best of a front's entries (`profile.front`)."""

    front: tuple[Entry, ...]
    deadline_us: float
    minimum_accuracy: float | None = None
    rules: Rules = Rules()


@dataclass(frozen=True)
class Choice:
    """What to run next. `holds` is False where no entry that is allowed is expected to hold the deadline."""

    entry: Entry
    holds: bool


@dataclass(frozen=True)
class State:
    """What is known between two calls: the choice for the next one, and the evidence.

    `wait`: calls without a climb after the next late one. `ratio`: what the choice was made for. `ratios`: recent ones
    of seen to expected time, the newest last. `waiting`: calls without a climb from now on. `trial`: calls since a
    climb that has not yet succeeded, None without one.
    """

    task: Task
    choice: Choice
    wait: int
    ratio: float = 1.0
    ratios: tuple[float, ...] = ()
    waiting: int = 0
    trial: int | None = None


def choose(
    front: Sequence[Entry], deadline_us: float, minimum_accuracy: float | None = None, ratio: float = 1.0
) -> Choice:
    """The best entry whose expected time times `ratio` holds the deadline, else the fastest; none below the minimum.

    Args:
        front: entries, the best ones first.
        deadline_us: microseconds.
        minimum_accuracy: top-1 as a fraction, or None.
        ratio: of seen to expected time, now.

    Raises:
        StudyError: no entry is as accurate, or it is not known which ones are.
    """
    fastest: Entry | None = None
    for entry in front:
        if minimum_accuracy is not None:
            if entry.accuracy is None:
                raise StudyError(
                    f"the accuracy of level {entry.level} is not known: measure with --accuracy to ask for a least one"
                )
            if entry.accuracy < minimum_accuracy:
                continue
        if entry.microseconds * ratio <= deadline_us:
            return Choice(entry, True)
        if fastest is None or entry.microseconds < fastest.microseconds:
            fastest = entry
    if fastest is None:
        raise StudyError(f"no level has an accuracy of {minimum_accuracy}: ask for less")
    return Choice(fastest, False)


def begin(task: Task) -> State:
    """The state before the first call: the machine is taken for idle.

    Raises:
        StudyError: the deadline is not above 0, or as `choose`.
    """
    if not task.deadline_us > 0:
        raise StudyError(f"no call holds a deadline of {task.deadline_us:g} us: give one above 0")
    return State(task, choose(task.front, task.deadline_us, task.minimum_accuracy), task.rules.wait)


def step(state: State, observed_us: float) -> State:
    """The state after a call of `state.choice` that took `observed_us` microseconds."""
    task, rules, entry = state.task, state.task.rules, state.choice.entry
    own = observed_us / entry.microseconds
    ratios = (*state.ratios, own)[-rules.window :]
    ratio = quantile(ratios, rules.quantile)
    wait, waiting = state.wait, max(0, state.waiting - 1)
    trial = None if state.trial is None else state.trial + 1
    if observed_us > task.deadline_us:
        ratio = max(ratio, own)
        wait = wait if trial is None else min(2 * wait, rules.longest_wait)
        waiting, trial = wait, None
    elif trial is not None and trial >= rules.proven:
        wait, trial = rules.wait, None
    choice = choose(task.front, task.deadline_us, task.minimum_accuracy, ratio)
    if choice.entry.microseconds > entry.microseconds:
        if waiting or len(ratios) < rules.few:
            choice = Choice(entry, entry.microseconds * ratio <= task.deadline_us)
        else:
            ratios, trial = (), 0
    return State(task, choice, wait, ratio, ratios, waiting, trial)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least `share` of them do not exceed (nearest rank).

    Raises:
        IndexError: there are none.
    """
    return sorted(values)[math.ceil(share * len(values)) - 1]
