"""Phases of any length take what is planned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.compress.increg.pace import FALL, UPDATES, pace
from study.compress.increg.ranks import updated


@settings(max_examples=30)
@given(
    steps=st.integers(16, 4000),
    width=st.integers(2, 1280),
    amount=st.integers(1, 95),
    noise=st.floats(0, 0.3),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_filter_that_is_planned_is_gone_at_the_end(
    steps: int, width: int, amount: int, noise: float, seed: int
) -> None:
    rng, cut, own = np.random.default_rng(seed), width * amount // 100, pace(steps, 0.0005)
    norms, penalty, mean = np.exp(rng.normal(0, 0.4, width)), np.zeros(width), np.zeros(width)
    for number in range(steps // own.interval):
        seen = norms * np.exp(rng.normal(0, noise, width))
        penalty, mean = updated(penalty, mean, seen, number, cut, own.largest, own.limit)
    assert (penalty >= own.limit).sum() == cut


@pytest.mark.parametrize("steps", [1, 5, 17, 312, 702, 1404, 35100])
@pytest.mark.parametrize("rate", [0.0005, 0.01])
def test_the_weakest_filter_decays_as_said_until_it_is_gone(steps: int, rate: float) -> None:
    own = pace(steps, rate)
    assert own.interval >= 1 and 1 <= steps // own.interval <= UPDATES
    assert 0 < own.largest <= own.limit
    until_gone = own.limit / own.largest
    exponent = rate * own.interval * sum(own.largest * number for number in np.arange(until_gone))
    assert exponent == pytest.approx(FALL, rel=1.5 / until_gone)


def test_one_step_more_is_not_another_pace() -> None:
    one, other = pace(UPDATES, 0.0005), pace(UPDATES + 1, 0.0005)
    assert (one.interval, other.interval) == (1, 2)
    until_gone = [own.interval * own.limit / own.largest for own in (one, other)]
    assert until_gone[0] == pytest.approx(until_gone[1], rel=0.01)
    assert one.limit == pytest.approx(other.limit, rel=0.01)
