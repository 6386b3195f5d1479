"""Penalties from ranks, by their definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.compress.increg.ranks import U, increment, ranked, strongest, updated

LIMIT, LARGEST = 50.0, 1.25


@pytest.mark.parametrize("target", [1, 2, 7, 300])
def test_the_increment_is_zero_at_the_target_rank_and_falls_through_it(target: int) -> None:
    ranks = np.arange(0, 2 * target + 1, dtype=np.float64)
    found = increment(ranks, target, LARGEST)
    assert found[target] == 0 and found[0] == LARGEST
    assert (found[:target] > 0).all() and (found[target + 1 :] < 0).all()
    assert (np.diff(found) < 0).all()
    near = increment(np.array([target - 1e-9, target + 1e-9]), target, LARGEST)
    np.testing.assert_allclose(near, 0, atol=1e-8)  # it does not jump there


def test_far_beyond_the_target_the_relief_is_large_but_a_number() -> None:
    with np.errstate(over="raise", invalid="raise"):
        found = increment(np.arange(1280, dtype=np.float64), 1, LARGEST)
        assert np.isfinite(found).all() and (np.diff(found) <= 0).all() and found[-1] < -1e6 * LIMIT
        penalty, _ = updated(np.full(1280, 49.0), np.zeros(1280), np.arange(1280.0), 0, 1, LARGEST, LIMIT)
    assert penalty[0] == LIMIT and penalty[1] == 49 and (penalty[8:] == 0).all()


def test_the_two_halves_meet_where_the_first_has_fallen_to_u() -> None:
    bend = 10 * np.log(1 / U) / np.log(2 / U)
    around = increment(np.array([bend - 1e-9, bend + 1e-9]), 10, 1.0)
    np.testing.assert_allclose(around, U, atol=1e-8)


def test_ranks_are_among_those_that_are_left() -> None:
    found = ranked(np.array([3.0, 1.0, 2.0, 0.0]), np.array([True, True, True, False]))
    assert found.tolist() == [2, 0, 1, np.inf]


@given(
    st.lists(st.floats(0, 10), min_size=2, max_size=40),
    st.floats(0, 0.95),
    st.integers(1, 120),
    st.integers(0, 2**32 - 1),
)
def test_updates_take_the_planned_filters_and_no_more(
    norms: list[float], share: float, updates: int, seed: int
) -> None:
    rng, cut = np.random.default_rng(seed), int(len(norms) * share)
    penalty, mean = np.zeros(len(norms)), np.zeros(len(norms))
    gone = np.zeros(len(norms), bool)
    for number in range(updates):
        noisy = np.asarray(norms) + rng.normal(0, 0.5, len(norms))
        penalty, mean = updated(penalty, mean, noisy, number, cut, LARGEST, LIMIT)
        assert (penalty >= 0).all() and (penalty <= LIMIT).all()
        assert (penalty[gone] == LIMIT).all(), "what is gone stays so"
        gone = penalty >= LIMIT
        assert gone.sum() <= cut
        assert (mean >= 0).all() and (mean < len(norms)).all()
    keep = strongest(penalty, mean, cut, LIMIT)
    assert len(keep) == len(norms) - cut and not gone[keep].any()
    assert keep.tolist() == sorted(keep.tolist())


def test_with_steady_norms_the_weakest_go_and_the_others_are_relieved() -> None:
    norms = np.array([5.0, 1.0, 4.0, 2.0, 3.0, 6.0, 7.0, 8.0])
    penalty, mean = np.zeros(8), np.zeros(8)
    for number in range(400):
        penalty, mean = updated(penalty, mean, norms, number, 3, LARGEST, LIMIT)
    assert np.flatnonzero(penalty >= LIMIT).tolist() == [1, 3, 4]
    assert (penalty[[0, 2, 5, 6, 7]] == 0).all()


def test_the_norms_of_an_update_count_in_that_update() -> None:
    penalty, mean = updated(np.zeros(4), np.zeros(4), np.array([3.0, 1.0, 0.0, 2.0]), 0, 2, LARGEST, LIMIT)
    assert mean.tolist() == [3, 1, 0, 2]
    np.testing.assert_allclose(penalty, np.clip(increment(mean, 2, LARGEST), 0, None))
    # Means (3 * 2 + 0) / 3, (1 * 2 + 3) / 3, (0 * 2 + 2) / 3 and (2 * 2 + 1) / 3: the third is still the weakest.
    again, mean = updated(penalty, mean, np.array([0.0, 3.0, 2.0, 1.0]), 2, 2, LARGEST, LIMIT)
    np.testing.assert_allclose(mean, [2, 5 / 3, 2 / 3, 5 / 3])
    np.testing.assert_allclose(again, np.clip(penalty + increment(np.array([3.0, 1, 0, 2]), 2, LARGEST), 0, None))


def test_a_filter_that_recovers_loses_its_penalty() -> None:
    penalty, mean = np.zeros(4), np.zeros(4)
    for number in range(10):
        penalty, mean = updated(penalty, mean, np.array([0.0, 1.0, 2.0, 3.0]), number, 1, LARGEST, LIMIT)
    before = penalty[0]
    for number in range(10, 60):
        penalty, mean = updated(penalty, mean, np.array([9.0, 1.0, 2.0, 3.0]), number, 1, LARGEST, LIMIT)
    assert 0 < before < LIMIT and penalty[0] < before and penalty[1] > 0


def test_several_at_the_limit_at_once_are_no_more_than_planned() -> None:
    penalty, _ = updated(np.full(4, LIMIT - 0.1), np.arange(4.0), np.arange(4.0), 5, 2, 40.0, LIMIT)
    assert (penalty >= LIMIT).tolist() == [True, True, False, False]


def test_where_too_few_are_gone_the_lowest_mean_ranks_follow() -> None:
    penalty, mean = np.array([0.0, LIMIT, 1.0, 2.0]), np.array([2.0, 0.5, 1.0, 3.0])
    assert strongest(penalty, mean, 2, LIMIT).tolist() == [0, 3]
    assert strongest(penalty, mean, 0, LIMIT).tolist() == [0, 1, 2, 3]
