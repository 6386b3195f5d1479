"""What is said, against the rows that it is said of."""

import numpy as np
import pytest
from compared import NAME, answered, by_counts, compared

from study.comparing.comparison import Comparison, comparison
from study.comparing.findings import findings, summary
from study.comparing.side import side
from study.statistics.unpaired import detectable_drop_unpaired

A = {"cat": (1000, 800), "dog": (1000, 500)}
INT8 = NAME.replace("float32", "int8")


def said(found: Comparison) -> dict[str, str]:
    return {point.topic: " ".join([point.text, *point.parts]).replace("\u00a0", " ") for point in findings(found)}


def test_a_loss_is_named_with_its_figures() -> None:
    found = compared(A, {"cat": (1000, 700), "dog": (1000, 510)})
    assert summary(found).startswith(
        "Top-1 is significantly worse in B in 1 of 1 variant and better in 0. In these files, of 2 class results, 1 is "
        f"significantly worse and 0 better, most of all \u201ccat\u201d in {NAME} (\u221210.00 points)."
    )
    texts = said(found)
    classes = texts["Classes"]
    assert "Of 2 comparisons of one class in one variant, 1 is a significant loss and 0 a significant gain" in classes
    assert f"\u201ccat\u201d in {NAME}: \u221210.00 points" in classes and "adjusted p < 0.001" in classes
    assert f"{NAME}: 65.00 % to 60.50 %, \u22124.50 points" in texts["Top-1"]
    assert "from counts alone (unpaired)" in texts["Extent"] and "2,000 test images" in texts["Extent"]


def test_no_change_is_said_with_what_could_not_have_been_seen() -> None:
    found = compared(A, {"cat": (1000, 799), "dog": (1000, 505)})
    drop = detectable_drop_unpaired(1000, 1000, 0.65, 2)
    assert drop
    assert summary(found) == (
        "Top-1 changed significantly in none of 1 variant. No class changed significantly. A drop of one class "
        f"below about {drop:g} points would often have been missed."
    )
    assert f"below about {drop:g} points" in said(found)["What could not have been seen"]
    assert "corrected for 2 tests; 1,000 images a class in A" in said(found)["What could not have been seen"]


def test_nothing_differs() -> None:
    own = by_counts({NAME: A, INT8: A}, sha256="ff", file_bytes=9)
    found = comparison(own, own)
    assert summary(found).startswith("Nothing differs")
    assert said(found).keys() == {"Extent", "Same files", "Size"}
    assert said(found)["Same files"].startswith("All are the same")
    assert said(found)["Size"] == "The .tflite file has the same size in 2 variants."


def test_equal_counts_on_other_images_differ() -> None:
    labels = np.repeat([0, 1], 4)
    one, other = (
        side("x", {NAME: answered(labels, named, ("cat", "dog"))}) for named in ([0, 0, 1, 1] * 2, [1, 1, 0, 0] * 2)
    )
    found = comparison(one, other)
    assert "Nothing differs" not in summary(found)
    assert "Any drop of one class would often have been missed" in summary(found)  # 4 images a class
    assert "The class named differs on 100.00 % of images" in said(found)["Extent"]
    assert "image by image (paired)" in said(found)["Extent"] and "exact McNemar" in said(found)["Top-1"]


def test_sizes_are_compared_form_by_form() -> None:
    sides = [by_counts({NAME: A, INT8: A}, file_bytes=size, gzip_bytes=900) for size in (2_000_000, 1_500_000)]
    assert said(comparison(*sides))["Size"] == (
        f"The .tflite file has another size in 2 of 2 variants, at most by \u221225.00 % ({NAME}: 2.000 MB to "
        "1.500 MB). Its gzip form has the same size in 2 variants."
    )


@pytest.mark.parametrize("version", ["aaa", "bbb"])
def test_a_change_that_an_older_rule_could_make_is_said_to_be_doubtful(version: str) -> None:
    b = {"cat": (1000, 600), "dog": (1000, 500)}
    found = comparison(by_counts({NAME: A}, ties=900), by_counts({NAME: b}, code_version=version))
    assert ("In 1 of these variants an older rule for equal logits may be the cause." in summary(found)) == (
        version == "bbb"
    )


def test_classes_on_average_over_variants() -> None:
    b = {NAME: A, INT8: {"cat": (1000, 600), "dog": (1000, 520)}}
    text = said(comparison(by_counts({NAME: A, INT8: A}), by_counts(b)))["Classes on average"]
    assert "\u201ccat\u201d changes by \u221210.00 points and \u201cdog\u201d by +1.00" in text
    assert "Classes on average" not in said(compared(A, {"cat": (1000, 1), "dog": (1000, 1)}))  # one variant


def test_no_class_on_both_sides() -> None:
    found = compared({"cat": (9, 1), "dog": (0, 0)}, {"cat": (0, 0), "dog": (9, 1)})
    assert summary(found) == "No class has test images on both sides: nothing can be said."
    assert findings(found)
