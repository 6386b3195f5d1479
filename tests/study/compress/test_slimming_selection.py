"""Which channels small scales cost, by the definition."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from study.compress.slimming.selection import kept, planned, quantiles, threshold


def test_one_threshold_holds_for_all() -> None:
    scores = {"a": np.array([0.1, 0.9, 0.2]), "b": np.array([0.8, 0.3]), "c": np.array([0.7])}
    assert kept(scores, 0.5) == {"a": 1, "b": 1, "c": 1}
    assert kept(scores, 0.34) == {"a": 1, "b": 2, "c": 1}
    assert kept(scores, 0.0) == {"a": 3, "b": 2, "c": 1}


def test_no_layer_is_emptied() -> None:
    scores = {"faint": np.full(10, 1e-6), "loud": np.ones(10)}
    assert kept(scores, 0.5) == {"faint": 1, "loud": 10}
    assert kept(scores, 1.0) == {"faint": 1, "loud": 1}


@given(
    st.lists(st.lists(st.floats(0, 2), min_size=1, max_size=12), min_size=1, max_size=6),
    st.integers(0, 100),
)
@example([[1.0] * 100], 29)  # 0.29 * 100 is a little less than 29
@example([[1.0] * 30, [0.5] * 20], 58)
def test_the_share_is_cut_except_for_what_no_layer_can_lack(groups: list[list[float]], amount: int) -> None:
    scores = {f"g{number}": np.array(own) for number, own in enumerate(groups)}
    left = kept(scores, amount / 100)
    total, wanted = sum(map(len, groups)), sum(map(len, groups)) * amount // 100
    gone = total - sum(left.values())
    assert planned(scores, amount / 100) == wanted
    assert all(1 <= left[name] <= len(own) for name, own in scores.items())
    assert wanted - len(groups) <= gone <= wanted
    if all(count > 1 for count in left.values()):
        assert gone == wanted
        cut = np.sort(np.concatenate([np.sort(own)[: len(own) - left[name]] for name, own in scores.items()]))
        np.testing.assert_array_equal(cut, np.sort(np.concatenate(list(scores.values())))[:wanted])


def test_the_threshold_is_the_highest_score_that_goes() -> None:
    scores = {"a": np.array([0.1, 0.9, 0.2]), "b": np.array([0.8, 0.3]), "c": np.array([0.7])}
    assert [threshold(scores, share) for share in (0.0, 0.17, 0.5, 1.0)] == [0.0, 0.1, 0.3, 0.9]


def test_quantiles_are_of_all_groups_together() -> None:
    rows = quantiles({"a": np.array([0.0, 4.0]), "b": np.array([2.0])}, {"a": np.array([0.0, 0.0]), "b": np.ones(1)}, 3)
    assert rows == [
        {"quantile": 0.0, "before": 0.0, "after": 0.0},
        {"quantile": 0.5, "before": 2.0, "after": 0.0},
        {"quantile": 1.0, "before": 4.0, "after": 1.0},
    ]
    assert [row["quantile"] for row in quantiles({"a": np.ones(3)}, {"a": np.ones(3)})] == pytest.approx(
        np.linspace(0, 1, 21).tolist()
    )
