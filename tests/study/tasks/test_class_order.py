import numpy as np
import pytest

from study.errors import StudyError
from study.tasks.class_order import better_order, outputs_of


def test_names_find_their_outputs() -> None:
    assert outputs_of(["ant", "bee_fly", "Cow"], ["cow", "Bee fly", "dog", "ANT"]) == (3, 1, 0)


def test_names_that_differ_in_case_alone_are_taken_to_the_letter() -> None:
    assert outputs_of(["A", "a"], ["a", "A"]) == (1, 0)
    with pytest.raises(StudyError, match="'b' of the data is none of the model's labels"):
        outputs_of(["b"], ["a", "A", "B"])


def test_two_classes_of_one_label() -> None:
    with pytest.raises(StudyError, match="two classes of the data have the same label"):
        outputs_of(["a b", "a_b"], ["a-b", "c"])


def test_22_images_of_which_9_are_right_as_taken_and_20_in_another_order() -> None:
    labels = np.array([0] * 9 + [1] * 7 + [2] * 6)
    predicted = np.choose(labels, [0, 2, 1])
    predicted[[9, 16]] = 0
    found = better_order(predicted, labels, 3)
    assert found is not None
    assert (found.outputs, found.as_given, found.top1) == ((0, 2, 1), 9 / 22, 20 / 22)


@pytest.mark.parametrize("classes", [2, 4, 10, 100])
def test_chance_is_no_order(classes: int) -> None:
    rng = np.random.default_rng(0)
    warned = [better_order(rng.integers(classes, size=40), rng.integers(classes, size=40), classes) for _ in range(50)]
    assert sum(one is not None for one in warned) <= 1


def test_a_good_order_stays() -> None:
    labels = np.arange(60) % 6
    predicted = labels.copy()
    predicted[:10] = (labels[:10] + 1) % 6
    assert better_order(predicted, labels, 6) is None


def test_a_small_gain_is_none() -> None:
    labels = np.arange(1000) % 10
    predicted = np.where(labels < 2, 1 - labels, labels)  # two of ten swapped: 20 points
    assert better_order(predicted, labels, 10) is not None
    predicted = np.where((labels < 2) & (np.arange(1000) < 700), 1 - labels, labels)  # 8 points net
    assert better_order(predicted, labels, 10) is None
