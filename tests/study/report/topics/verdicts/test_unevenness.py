"""Whether compression hits the classes unevenly: tested over seeds, planted, absent, and not to be seen."""

from typing import Any

import pytest
import verdict_rows as made

from study.report.topics.verdicts.judging import CONFIRMED, EVEN_PP, NOT_TESTABLE, REFUTED

EVEN = dict.fromkeys("abcdefghij", 0.0)


def judged(classes: dict[str, float], key: str = "classes-pruning", **changes: Any) -> Any:
    row = made.result("mobilenet", 90)
    return made.judge(key, made.study([row], seeds=made.places(row, classes, **changes)))


def test_one_class_that_leaves_its_place_confirms() -> None:
    one = judged(EVEN | {"c": -6.0}, significant="c")
    assert one.status == CONFIRMED
    assert one.text == (
        "Over seeds, 1 of 10 classes in 1 treatment change significantly more or less than the average class of their "
        "network."
    )
    assert one.parts == (
        "\u201cc\u201d in mobilenet \u00b7 magnitude 90\u00a0% \u00b7 float32, over 5 seeds: \u22126.00 points "
        "(95\u00a0% \u22127.00 to \u22125.00), adjusted p\u00a0=\u00a00.030",
    )


def test_a_class_that_is_spared_confirms_as_well() -> None:
    assert judged(EVEN | {"c": 6.0}, significant="c").status == CONFIRMED


def test_a_large_move_that_is_not_significant_confirms_nothing() -> None:
    assert judged(EVEN | {"c": -6.0}).status == NOT_TESTABLE


@pytest.mark.parametrize(
    ("half", "expected"),
    [(1.0, REFUTED), (EVEN_PP, REFUTED), (EVEN_PP + 0.01, NOT_TESTABLE)],
)
def test_places_kept_within_narrow_intervals_refute(half: float, expected: str) -> None:
    one = judged(EVEN, half=half)
    assert one.status == expected and len(one.parts) == 3
    if expected == NOT_TESTABLE:
        assert one.text.startswith("Cannot be decided: the seeds scatter too widely. Over seeds, 0 of 10 classes")


def test_one_wide_interval_leaves_it_open() -> None:
    assert judged(EVEN | {"j": -1.6}).status == NOT_TESTABLE  # it ends at 2.6 points


@pytest.mark.parametrize(("seeds", "most"), [(4, 4), (2, 2)])
def test_with_fewer_than_five_seeds_it_is_not_testable(seeds: int, most: int) -> None:
    one = judged(EVEN | {"c": -20.0}, seeds=seeds)
    assert (one.status, one.parts) == (NOT_TESTABLE, ())
    assert one.text.startswith("It takes 5 seeds of a network under this treatment that have not collapsed and of its ")
    assert one.text.endswith(f"and the most here is {most}.")


def test_without_several_seeds_the_most_is_one() -> None:
    one = made.judge("classes-pruning", made.study([made.result("mobilenet", 90)]))
    assert one.status == NOT_TESTABLE and one.text.endswith("and the most here is 1.")


def test_one_treatment_that_can_be_tested_decides_beside_others_that_cannot() -> None:
    first, second = made.result("mobilenet", 90), made.result("mobilenet_v2", 90)
    rows = [*made.places(first, EVEN), *made.places(second, EVEN | {"a": -9.0}, seeds=4)]
    one = made.judge("classes-pruning", made.study([first, second], seeds=rows))
    assert one.status == REFUTED and "0 of 10 classes in 1 treatment " in one.text


def test_int8_is_judged_by_its_own_rows() -> None:
    row = made.result("mobilenet", scheme="int8")
    found = made.study([row], seeds=made.places(row, EVEN | {"c": -6.0}, significant="c"))
    assert made.judge("classes-int8", found).status == CONFIRMED
    assert made.judge("classes-pruning", found).status == NOT_TESTABLE


def test_other_classes_than_those_of_2021_say_nothing() -> None:
    row = made.result("mobilenet", 90)
    rows = made.places(row, EVEN | {"c": -6.0}, significant="c")
    assert made.judge("classes-pruning", made.study([row], seeds=rows, cifar10=False)).status == NOT_TESTABLE
