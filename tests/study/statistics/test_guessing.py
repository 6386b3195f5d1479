"""The exact test against guessing, held against the sum of binomial probabilities."""

from math import comb

import pytest

from study.errors import StudyError
from study.statistics.guessing import better_than_guessing, guessing_share


@pytest.mark.parametrize("correct, n, share", [(3, 10, 0.25), (0, 5, 0.5), (5, 5, 0.2), (30, 80, 0.25)])
def test_it_is_the_upper_tail(correct: int, n: int, share: float) -> None:
    tail = sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(correct, n + 1))
    assert better_than_guessing(correct, n, share) == pytest.approx(tail, rel=1e-12)


def test_the_commonest_class_is_what_guessing_names() -> None:
    assert guessing_share([20, 20, 20, 20]) == 0.25
    assert guessing_share([70, 20, 10, 0]) == 0.7


@pytest.mark.parametrize("correct, n, share", [(-1, 5, 0.5), (6, 5, 0.5), (0, 0, 0.5), (1, 2, 1.1)])
def test_what_is_no_count(correct: int, n: int, share: float) -> None:
    with pytest.raises(StudyError):
        better_than_guessing(correct, n, share)


@pytest.mark.parametrize("images", [[0, 0], [3, -1]])
def test_classes_without_images(images: list[int]) -> None:
    with pytest.raises(StudyError):
        guessing_share(images)
