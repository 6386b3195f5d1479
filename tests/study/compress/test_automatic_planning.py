"""The greedy plan, by its definition and by hand."""

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.compress.automatic.planning import Curve, counts, greedy, next_below

FREE = Curve([80, 8], [0.0, 0.0])
DEAR = Curve([80, 40, 8], [0.0, 20.0, 60.0])


def total(kept: Mapping[str, int]) -> float:
    return float(sum(kept.values()))


def test_a_curve_is_a_line_between_measurements_and_never_falls() -> None:
    curve = Curve([100, 75, 50, 25], [0.0, -0.5, 3.0, 2.0])
    assert [curve.at(kept) for kept in (100, 88, 75, 50, 25)] == [0.0, 0.0, 0.0, 3.0, 3.0]
    assert curve.at(60) == pytest.approx(3.0 * 15 / 25)


def test_what_carries_nothing_goes_first() -> None:
    steps = greedy({"dear": DEAR, "free": FREE}, total, noise=0.1, multiple=8, target=0.6)
    assert counts(steps) == {"free": 16}
    assert [step.predicted_loss_pp for step in steps] == [0.0] * len(steps)
    assert steps[-1].cost == (80 + 16) / 160


def test_of_equal_losses_the_greater_saving_goes_first() -> None:
    def cost(kept: Mapping[str, int]) -> float:
        return kept["cheap"] + 5.0 * kept["costly"]

    (first, *_) = greedy({"cheap": FREE, "costly": FREE}, cost, noise=0.1, multiple=8, target=0.9)
    assert first.group == "costly"


def test_a_loss_below_the_noise_counts_as_the_noise() -> None:
    """A group that saves twice as much goes first although it loses a little, as long as that is noise."""
    slight = Curve([80, 8], [0.0, 0.9])  # 0.1 points a step of 8

    def cost(kept: Mapping[str, int]) -> float:
        return kept["free"] + 2.0 * kept["slight"]

    for noise, first in ((0.2, "slight"), (0.01, "free")):
        assert greedy({"free": FREE, "slight": slight}, cost, noise, 8, target=0.99)[0].group == first


def test_the_budget_is_kept_to_and_used() -> None:
    steps = greedy({"dear": DEAR}, total, noise=0.1, multiple=8, budget=9.0)
    assert counts(steps) == {"dear": 64} and steps[-1].predicted_loss_pp == pytest.approx(8.0)
    assert greedy({"dear": DEAR}, total, noise=0.1, multiple=8, budget=3.0) == []


def test_it_ends_where_the_curves_end() -> None:
    steps = greedy({"dear": DEAR, "free": FREE}, total, noise=0.1, multiple=8, target=0.0)
    assert counts(steps) == {"dear": 8, "free": 8}
    assert greedy({}, lambda kept: 1.0, noise=0.1, multiple=8, target=0.5) == []


@pytest.mark.parametrize(
    "kept, width, multiple, fewer",
    [(960, 960, 8, 864), (96, 96, 8, 80), (24, 24, 8, 16), (8, 24, 8, 0), (30, 30, 8, 16), (5, 100, 1, -5)],
)
def test_a_step_is_a_tenth_down_to_a_multiple(kept: int, width: int, multiple: int, fewer: int) -> None:
    assert next_below(kept, width, multiple) == fewer


WIDTH_AND_LOSSES = st.tuples(st.integers(8, 400), st.lists(st.floats(-2, 90), min_size=3, max_size=3))


@given(
    st.lists(WIDTH_AND_LOSSES, min_size=1, max_size=6),
    st.floats(0, 1),
    st.floats(0, 50),
    st.sampled_from([1, 4, 8]),
)
def test_a_plan_falls_step_by_step_and_keeps_its_limits(
    groups: list[tuple[int, list[float]]], target: float, budget: float, multiple: int
) -> None:
    curves = {
        f"g{number}": Curve([width, max(1, width // 2), max(1, width // 4), 1], [0.0, *losses])
        for number, (width, losses) in enumerate(groups)
    }
    steps = greedy(curves, total, 0.3, multiple, target, budget)
    costs = [1.0, *(step.cost for step in steps)]
    assert all(after < before for before, after in pairwise(costs))
    assert all(cost > target for cost in costs[:-1])
    assert all(step.predicted_loss_pp <= budget + 1e-9 for step in steps)
    assert all(step.kept >= 1 and step.kept % multiple == 0 for step in steps)
    kept = {name: curve.kept[0] for name, curve in curves.items()} | counts(steps)
    if steps:
        assert steps[-1].cost == pytest.approx(total(kept) / sum(width for width, _ in groups))
        assert steps[-1].predicted_loss_pp == pytest.approx(sum(curve.at(kept[name]) for name, curve in curves.items()))
