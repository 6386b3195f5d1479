"""Choosing, and the state between two calls. What it comes to over many calls: test_simulate.py."""

from dataclasses import replace
from itertools import pairwise

import pytest
from fronts import entry, front_of

from study.errors import StudyError
from study.manager.policy import Rules, State, Task, begin, choose, quantile, step

FRONT = front_of(w100=100.0, w50=40.0, w25=20.0)
ACCURATE = tuple(replace(one, accuracy=share) for one, share in zip(FRONT, (0.9, 0.8, 0.7), strict=True))


def after(state: State, *observed_us: float) -> State:
    for one in observed_us:
        state = step(state, one)
    return state


def settled(deadline_us: float = 150.0, rules: Rules | None = None) -> State:
    """At the widest level, with a full window of calls as expected."""
    state = begin(Task(FRONT, deadline_us, rules=rules or Rules()))
    return after(state, *[100.0] * state.task.rules.window)


@pytest.mark.parametrize(
    "deadline_us, ratio, level, holds",
    [
        (100.0, 1.0, "w100", True),  # exactly
        (99.9, 1.0, "w50", True),
        (100.0, 2.5, "w50", True),  # exactly
        (100.0, 2.51, "w25", True),
        (100.0, 5.01, "w25", False),
        (19.9, 1.0, "w25", False),
    ],
)
def test_the_best_that_holds_else_the_fastest(deadline_us: float, ratio: float, level: str, holds: bool) -> None:
    choice = choose(FRONT, deadline_us, ratio=ratio)
    assert (choice.entry.level, choice.holds) == (level, holds)


def test_nothing_below_the_minimum_is_chosen() -> None:
    assert choose(ACCURATE, 100.0, 0.8, ratio=3.0).entry.level == "w50"  # exactly as accurate; w25 would hold
    assert not choose(ACCURATE, 100.0, 0.8, ratio=3.0).holds
    assert choose(ACCURATE, 100.0, 0.81, ratio=3.0).entry.level == "w100"
    with pytest.raises(StudyError, match=r"no level has an accuracy of 0\.91: ask for less"):
        choose(ACCURATE, 100.0, 0.91)
    with pytest.raises(StudyError, match=r"accuracy of level w100 is not known: .* --accuracy"):
        choose(FRONT, 100.0, 0.5)


def test_of_equally_good_entries_the_first_that_holds() -> None:
    front = (entry("wide", 50.0, threads=1), entry("wide", 30.0, threads=2), entry("narrow", 10.0))
    assert choose(front, 60.0).entry.setting.threads == 1
    assert choose(front, 60.0, ratio=1.5).entry.setting.threads == 2


def test_a_deadline_must_be_above_zero() -> None:
    for deadline in (0.0, -1.0, float("nan")):
        with pytest.raises(StudyError, match="give one above 0"):
            begin(Task(FRONT, deadline))


def test_the_first_choice_takes_the_machine_for_idle() -> None:
    assert begin(Task(FRONT, 100.0)).choice.entry.level == "w100"
    assert begin(Task(FRONT, 99.0)).choice.entry.level == "w50"


def test_one_late_call_and_the_next_choice_is_made_for_it() -> None:
    assert step(settled(), 150.0).choice.entry.level == "w100"  # exactly in time
    late = step(settled(), 300.0)
    assert late.choice.entry.level == "w50" and late.choice.holds and late.ratio == 3.0
    assert step(settled(), 800.0).choice == replace(late.choice, entry=FRONT[2], holds=False)


def test_an_outlier_costs_as_many_calls_as_the_wait() -> None:
    state = after(settled(), 300.0, 40.0)
    assert state.choice.entry.level == "w50"
    assert step(state, 40.0).choice.entry.level == "w100"


def test_calls_that_stay_slow_are_no_outliers() -> None:
    state = after(settled(), 300.0, *[120.0] * 200)
    assert state.choice.entry.level == "w50" and state.ratio == 3.0


def test_slow_calls_that_are_not_late_count_when_they_are_more_than_the_quantile_leaves_out() -> None:
    state = after(settled(deadline_us=100.0), 101.0, *[48.0] * 10)  # 1.2 times, no late one at w50
    assert state.choice.entry.level == "w50"


def test_the_load_s_end_is_seen_at_a_narrow_level() -> None:
    state = after(settled(), 300.0, *[120.0] * 50)
    levels = []
    for _ in range(18):
        state = step(state, state.choice.entry.microseconds)
        levels.append(state.choice.entry.level)
    # Of the window, 20, the quantile leaves out the 2 that are still slow.
    assert levels == ["w50"] * 17 + ["w100"]


def test_a_climb_needs_a_few_ratios() -> None:
    state = step(begin(Task(FRONT, 150.0, rules=Rules(wait=1, few=4))), 300.0)
    levels = []
    for _ in range(12):
        state = step(state, state.choice.entry.microseconds)
        levels.append(state.choice.entry.level)
    assert levels[:9] == ["w50"] * 8 + ["w100"]  # one slow ratio is left out of ten, of fewer none


def test_the_wait_doubles_after_each_climb_that_fails_soon_and_no_further_than_its_limit() -> None:
    # The widest takes three times what its profile says, whatever the others take.
    state, fallen, pauses = begin(Task(FRONT, 150.0)), 0, []
    for _ in range(400):
        if state.choice.entry.level == "w100":
            pauses.append(fallen)
            fallen = 0
            state = step(state, 300.0)
        else:
            fallen += 1
            state = step(state, state.choice.entry.microseconds)
    assert pauses[0] == 0 and pauses[-1] == state.task.rules.longest_wait == 32
    assert all(one <= other for one, other in pairwise(pauses))
    assert len(pauses) < 20  # late calls, of 400


def test_a_climb_that_lasts_takes_the_wait_back() -> None:
    state = replace(settled(), wait=16, trial=0)
    assert after(state, *[100.0] * 7).wait == 16
    assert after(state, *[100.0] * 8).wait == 2
    failed = after(state, *[100.0] * 6, 300.0)
    assert (failed.wait, failed.waiting, failed.trial) == (32, 32, None)
    assert after(replace(failed, trial=0), 300.0).wait == 32  # the limit


def test_waiting_forbids_climbs_alone() -> None:
    state = replace(settled(), choice=choose(FRONT, 150.0, ratio=3.0), waiting=30)
    assert step(state, 40.0).choice.entry.level == "w50"
    assert step(state, 300.0).choice.entry.level == "w25"


def test_while_it_waits_it_says_whether_the_level_holds() -> None:
    hopeless = step(settled(), 800.0)
    assert not hopeless.choice.holds
    assert step(hopeless, 20.0).choice == replace(hopeless.choice, holds=True)


def test_a_climb_throws_old_ratios_away() -> None:
    state = after(settled(), 300.0, 40.0, 40.0)
    assert state.choice.entry.level == "w100" and state.ratios == () and state.trial == 0


def test_quantile_is_the_nearest_rank() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [quantile(values, share) for share in (0.2, 0.21, 0.5, 0.8, 0.81, 1.0)] == [1.0, 2.0, 3.0, 4.0, 5.0, 5.0]
    assert quantile([7.0], 0.01) == 7.0


def test_the_wait_is_as_long_as_the_quantile_leaves_ratios_out() -> None:
    # Else the first calls of a load would leave the window for outliers, and the second climb would be late.
    rules = Rules()
    slow = [3.0] * (rules.wait + 1)
    assert quantile([1.0] * (rules.window - len(slow)) + slow, rules.quantile) == 3.0
