"""What a reader is warned of, and that nothing is said where there is nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from compared import NAME, answered, by_counts

from study.comparing.comparison import comparison
from study.comparing.notes import notes
from study.comparing.side import Side, side

A = {"cat": (100, 80), "dog": (100, 50)}
LABELS = np.repeat([0, 1], 4)


def stored(**more: Any) -> Side:
    return side("x", {NAME: answered(LABELS, [0, 0, 1, 1] * 2, ("cat", "dog"), **more)})


def test_like_against_like_needs_no_warning() -> None:
    assert notes(comparison(stored(), stored())) == []


def test_missing_predictions_of_the_same_images() -> None:
    (note,) = notes(comparison(by_counts({NAME: A}), by_counts({NAME: A})))
    assert note.startswith("All variants stand on counts alone") and "artifacts/predictions" in note


def test_seeds_that_were_set_equal() -> None:
    other = side("y", {NAME.replace("s0", "s3"): next(iter(stored().results.values()))})
    (note,) = notes(comparison(stored(), other))
    assert note.startswith("Seeds differ") and "0 in A with 3 in B" in note and "chance alone" in note


@pytest.mark.parametrize(
    ("fingerprint", "said"),
    [
        ("cd" * 32, "fingerprints differ (abababababab in A, cdcdcdcdcdcd in B)"),
        (None, "of a side is unknown"),
    ],
)
def test_other_or_unknown_images(fingerprint: str | None, said: str) -> None:
    (note,) = notes(comparison(by_counts({NAME: A}), by_counts({NAME: A}, data_fingerprint=fingerprint)))
    assert said in note and "unpaired" in note


def test_another_order_of_classes_and_the_same_test_images() -> None:
    (note,) = notes(comparison(by_counts({NAME: A}), by_counts({NAME: dict(reversed(A.items()))})))
    assert note.startswith("The order of the classes differs")
    a, b = replace(stored(), test_digest="t"), replace(stored(data_fingerprint="cd" * 32), test_digest="t")
    (note,) = notes(comparison(a, b))
    assert "the test images are the same" in note


def test_what_else_differs_is_listed_once() -> None:
    given = {"training.epochs": 3, "data.seed": 0}
    a = replace(stored(preset="quick", runtime="x"), settings=given, notes=("one, two",))
    b = replace(stored(preset="full", code_version="bbb"), settings=given | {"training.epochs": 9})
    assert notes(comparison(a, b)) == [
        "The preset differs: quick in A, full in B.",
        "The runtime differs: x in A, unknown in B.",
        "The code version differs: aaa in A, bbb in B.",
        "Parameters differ: training.epochs 3 in A, 9 in B.",
        "A: one, two",
    ]


def test_packages_and_their_lack() -> None:
    old, new = stored(packages={"numpy": "1", "tf": "2"}), stored(packages={"numpy": "2", "tf": "2"})
    assert notes(comparison(old, new)) == ["Packages differ: numpy 1 in A, 2 in B."]
    assert notes(comparison(old, stored())) == ["The packages of a side are unknown or differ from variant to variant."]
    assert notes(comparison(old, old)) == []


def test_variants_of_one_side_only() -> None:
    many = by_counts({NAME: A} | {f"m_dense_s0_int8_cal{k}": A for k in range(10, 18)})
    found = notes(comparison(many, by_counts({NAME: A})))
    assert found[-1].startswith("Only A has 8 of the variants, which stay out of every figure: m_dense_s0_int8_cal10, ")
    assert found[-1].endswith(" and 2 more.")


def test_the_rule_for_equal_logits() -> None:
    b = {"cat": (100, 40), "dog": (100, 50)}
    found = notes(comparison(by_counts({NAME: A}, ties=90), by_counts({NAME: b}, code_version="bbb")))
    assert any(f"up to 45.00\u00a0% of the answers of a variant ({NAME})" in note for note in found)


def test_hostile_text_stays_on_its_line() -> None:
    assert notes(comparison(replace(stored(), notes=("a\nb",)), stored())) == ["A: a\ufffdb"]
