"""Exemplars: majorities, ties, distances."""

import numpy as np
import pytest

from study.errors import StudyError
from study.statistics.exemplars import TIE, frequencies, modal_exemplars, taxicab

BASE = [np.array(named) for named in ([0, 0, 0, 0, 0], [0, 0, 1, 0, 0], [1, 0, 2, 0, 0])]
COMPRESSED = [np.array(named) for named in ([1, 0, 1, 2, 1], [1, 0, 1, 2, 0])]


def test_a_majority_of_each_group_decides_and_ties_are_left_out() -> None:
    found = modal_exemplars(BASE, COMPRESSED, 3)
    assert found.base.tolist() == [0, 0, TIE, 0, 0]
    assert found.compressed.tolist() == [1, 0, 1, 2, TIE]
    assert found.indices == [3, 0]  # the clearer majority first
    assert found.ties == 2


def test_the_order_is_that_of_the_product_of_both_majorities() -> None:
    base = [np.array(one) for one in ([0, 0], [0, 0], [2, 2])]
    compressed = [np.array(one) for one in ([1, 1], [1, 1], [1, 0])]
    assert modal_exemplars(base, compressed, 3).indices == [0, 1]  # 2/3 x 1 before 2/3 x 2/3


def test_the_distance_is_between_shares_of_models() -> None:
    assert frequencies(BASE, 3)[2].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert taxicab(BASE, COMPRESSED, 3) == pytest.approx([4 / 3, 0, 4 / 3, 2, 1])


def test_groups_that_answer_alike_are_zero_apart_whatever_their_size() -> None:
    assert taxicab(BASE, BASE * 4, 3) == pytest.approx(np.zeros(5))
    assert modal_exemplars(BASE, BASE, 3).indices == []


@pytest.mark.parametrize(
    ("base", "compressed"), [([], COMPRESSED), (BASE, []), (BASE, [np.zeros(4, int)]), ([BASE[0], BASE[0][:2]], BASE)]
)
def test_groups_of_nothing_or_of_other_images_are_refused(base: list[np.ndarray], compressed: list[np.ndarray]) -> None:
    for measure in (modal_exemplars, taxicab):
        with pytest.raises(StudyError, match="exemplars need"):
            measure(base, compressed, 3)
