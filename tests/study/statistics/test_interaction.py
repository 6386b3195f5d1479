"""Pruned and quantized against the sum of both: by hand, and where there is nothing to say."""

import numpy as np
import pytest

from study.errors import StudyError
from study.statistics.interaction import interaction

BASE = np.array([True] * 8 + [False] * 2)
PRUNED = np.array([True] * 6 + [False] * 4)
QUANTIZED = np.array([True] * 7 + [False] * 3)
BOTH = np.array([True] * 3 + [False] * 6 + [True])


def test_it_is_the_difference_of_differences() -> None:
    found = interaction(BASE, PRUNED, QUANTIZED, BOTH)
    assert (found.n, found.joint_pp) == (10, pytest.approx(-40))
    assert found.sum_pp == pytest.approx(-20 - 10)
    assert found.interaction_pp == pytest.approx(found.joint_pp - found.sum_pp) == pytest.approx(-10)
    assert found.low_pp < -10 < found.high_pp and 0 < found.p_value < 1


def test_two_images_are_enough() -> None:
    assert interaction(BASE[:2], BASE[:2], BASE[:2], BASE[:2]).n == 2


def test_losses_that_add_up_leave_nothing() -> None:
    both = BASE & ~np.isin(np.arange(10), [0, 1])
    found = interaction(BASE, BASE & (np.arange(10) != 0), BASE & (np.arange(10) != 1), both)
    assert (found.interaction_pp, found.p_value) == (0, 1)
    assert found.low_pp == pytest.approx(-found.high_pp) and found.high_pp > 0
    assert found.joint_pp == found.sum_pp == pytest.approx(-20)


def test_a_single_image_out_of_line_is_no_evidence() -> None:
    both = BASE.copy()
    both[0] = False
    assert interaction(BASE, BASE, BASE, both).p_value > 0.5


@pytest.mark.parametrize(
    "sides",
    [
        (BASE, PRUNED, QUANTIZED, BOTH[:9]),
        (BASE[:9], PRUNED, QUANTIZED, BOTH),
        (BASE, PRUNED, QUANTIZED, BOTH.astype(int)),
        (BASE[:1],) * 4,
        (BASE.reshape(2, 5),) * 4,
    ],
)
def test_bad_input_is_refused(sides: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(StudyError):
        interaction(*sides)
