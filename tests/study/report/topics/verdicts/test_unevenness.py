"""Whether compression hits the classes unevenly: planted, absent, and not to be seen."""

from typing import Any

import pytest
import verdict_rows as made

from study.report.topics.verdicts.judging import CONFIRMED, NOT_TESTABLE, REFUTED

EVEN = dict.fromkeys("abcdefghij", (20, 10))


def judged(classes: dict[str, tuple[int, int]], top1: float = 0.6, n: int = 1000, **changes: Any) -> Any:
    rows = made.pair(lambda arch: {"delta": -1.0, "top1": top1}, 90, "float32", ("mobilenet",))
    per_class = [row | changes for row in made.counts(rows[1], classes, n)]
    return made.judge("classes-pruning", made.study(rows, per_class=per_class))


def test_one_class_that_pays_confirms() -> None:
    one = judged(EVEN | {"c": (150, 5)})
    assert one.status == CONFIRMED
    assert one.text == (
        "The changes differ between classes in 1 of 1 variants; 1 of 10 single classes lose significantly. "
        "Tested on 1 of the 5 networks."
    )
    (part,) = one.parts
    assert part.startswith("mobilenet \u00b7 magnitude 90\u00a0% \u00b7 float32: from \u201cc\u201d \u221214.50 to ")
    assert part.endswith("\u22121.00 points, p\u00a0<\u00a00.001")


def test_classes_alike_within_narrow_intervals_refute() -> None:
    assert judged(EVEN).status == REFUTED


def test_classes_alike_within_wide_intervals_decide_nothing() -> None:
    one = judged(EVEN, ci_low_pp=-9.0)
    assert one.status == NOT_TESTABLE
    assert one.text.startswith("Cannot be decided: the classes have too few test images.")


def test_a_loss_that_all_share_is_not_uneven() -> None:
    assert judged(dict.fromkeys("abcdefghij", (200, 10))).status == REFUTED


@pytest.mark.parametrize(
    ("classes", "changes"),
    [({}, {}), ({"a": (10, 10)}, {}), (EVEN, {"ci_high_pp": None}), (EVEN, {"base_only": float("nan")})],
)
def test_without_two_classes_nothing_is_said(classes: dict[str, tuple[int, int]], changes: dict[str, Any]) -> None:
    one = judged(classes, **changes)
    assert (one.status, one.text) == (NOT_TESTABLE, "No two classes have been compared with the float32 baseline.")


def test_a_variant_that_guesses_tells_nothing_about_classes() -> None:
    assert judged(EVEN | {"c": (150, 5)}, top1=0.12).status == NOT_TESTABLE


def test_int8_is_judged_by_its_own_rows() -> None:
    rows = made.pair(lambda arch: {"delta": -1.0}, archs=("mobilenet",))
    per_class = made.counts(rows[1], EVEN | {"c": (150, 5)})
    found = made.study(rows, per_class=per_class)
    assert made.judge("classes-int8", found).status == CONFIRMED
    assert made.judge("classes-pruning", found).status == NOT_TESTABLE
