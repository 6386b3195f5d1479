"""The tests of a comparison against counts by hand and against simulation with known truth."""

import re

import numpy as np
import pytest
from compared import NAME, answered, by_counts, compared, row
from scipy.stats import binomtest, fisher_exact

from study.comparing.comparison import Comparison, comparison, in_doubt
from study.comparing.side import Side, side
from study.errors import StudyError
from study.statistics.corrections import holm
from study.statistics.paired import newcombe_paired
from study.statistics.unpaired import newcombe_unpaired

A = {"cat": (100, 80), "dog": (100, 50), "eel": (50, 50)}
B = {"cat": (100, 60), "dog": (100, 52), "eel": (50, 50)}
CLASSES = ("cat", "dog")
LABELS = np.repeat([0, 1], [10, 6])
ONE = [0] * 8 + [1] * 2 + [1] * 3 + [0] * 3  # 8 of 10 and 3 of 6 right
OTHER = [0] * 2 + [1] * 6 + [0, 1] + [1] * 3 + [0] * 3  # loses 6 cats, gains one


def paired(
    fingerprints: tuple[str, str] = ("ab", "ab"), digests: tuple[str | None, str | None] = (None, None)
) -> Comparison:
    sides = [
        side("there", {NAME: answered(LABELS, named, CLASSES, data_fingerprint=fingerprint)}, test_digest=digest)
        for named, fingerprint, digest in zip((ONE, OTHER), fingerprints, digests, strict=True)
    ]
    return comparison(*sides)


def test_counts_alone_by_hand() -> None:
    found = compared(A, B)
    cat, top1 = row(found, "cat"), row(found, None)
    assert [entry["test"] for entry in found.rows] == ["unpaired"] * 4
    assert (cat["accuracy_a"], cat["accuracy_b"], cat["delta_pp"]) == (0.8, 0.6, pytest.approx(-20))
    assert cat["p_value"] == pytest.approx(fisher_exact([[80, 20], [60, 40]]).pvalue)
    assert (cat["ci_low_pp"], cat["ci_high_pp"]) == pytest.approx(
        tuple(100 * bound for bound in newcombe_unpaired(80, 100, 60, 100))
    )
    assert (top1["n_a"], top1["correct_a"], top1["n_b"], top1["correct_b"]) == (250, 180, 250, 162)
    assert (row(found, "eel")["delta_pp"], row(found, "eel")["p_value"]) == (0, 1)


def test_holm_runs_over_the_tests_of_all_classes_and_apart_over_top1() -> None:
    names = [NAME, NAME.replace("float32", "int8")]
    found = comparison(by_counts({names[0]: A, names[1]: A}), by_counts({names[0]: B, names[1]: A}))
    for scope, number in (("class", 6), ("top1", 2)):
        rows = found.of(scope)
        assert len(rows) == number
        assert [entry["p_adjusted"] for entry in rows] == holm([entry["p_value"] for entry in rows])
        assert [entry["significant"] for entry in rows] == [entry["p_adjusted"] < 0.05 for entry in rows]
    assert [entry["significant"] for entry in found.of("class")] == [True] + [False] * 5


def test_answers_to_the_same_images_are_paired_by_hand() -> None:
    cat, top1 = row(paired(), "cat"), row(paired(), None)
    assert cat["test"] == top1["test"] == "paired"
    assert (cat["a_only"], cat["b_only"], cat["flips"]) == (6, 1, 7)
    assert (top1["a_only"], top1["b_only"], top1["flips"]) == (6, 1, 7)
    assert cat["delta_pp"] == pytest.approx(-50)
    assert cat["p_value"] == pytest.approx(binomtest(6, 7, 0.5).pvalue)
    assert (cat["ci_low_pp"], cat["ci_high_pp"]) == pytest.approx(
        tuple(100 * bound for bound in newcombe_paired(2, 1, 6, 1))
    )


def test_the_same_test_images_of_another_data_set_are_paired() -> None:
    assert row(paired(("ab", "cd"), ("test", "test")), None)["test"] == "paired"
    assert row(paired(("ab", "cd"), ("one", "other")), None)["test"] == "unpaired"
    assert row(paired(("ab", "cd")), None)["test"] == row(paired(("", "")), None)["test"] == "unpaired"


def test_answers_on_one_side_only_are_unpaired() -> None:
    one = side("there", {NAME: answered(LABELS, ONE, CLASSES)})
    counts = by_counts({NAME: {"cat": (10, 3), "dog": (6, 3)}})
    assert {entry["test"] for entry in comparison(one, counts).rows} == {"unpaired"}


def test_labels_that_contradict_the_fingerprint_are_refused() -> None:
    one, other = (side("there", {NAME: answered(labels, ONE, CLASSES)}) for labels in (LABELS, LABELS[::-1]))
    with pytest.raises(StudyError, match=f"{NAME} of A and {NAME} of B .* different labels"):
        comparison(one, other)


def test_classes_in_another_order_are_matched_by_name_and_never_paired() -> None:
    one = side("there", {NAME: answered(LABELS, ONE, CLASSES)})
    other = side("there", {NAME: answered(1 - LABELS, [1 - k for k in OTHER], CLASSES[::-1])})
    cat = row(comparison(one, other), "cat")
    assert (cat["correct_a"], cat["correct_b"], cat["test"]) == (8, 3, "unpaired")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (["cat"], "(1 only in A, such as 'dog')"),
        (["cat", "dog", "eel"], "(1 only in B, such as 'eel')"),
        (["fox", "eel"], "(2 only in A, such as 'cat'; 2 only in B, such as 'eel')"),
    ],
)
def test_other_classes_are_refused(own: list[str], said: str) -> None:
    with pytest.raises(StudyError, match=f"other classes {re.escape(said)}"):
        comparison(*(by_counts({NAME: dict.fromkeys(names, (9, 3))}) for names in (CLASSES, own)))


def test_a_class_without_images_has_no_test() -> None:
    found = compared({"cat": (9, 3), "dog": (9, 3)}, {"cat": (9, 3), "dog": (0, 0)})
    assert (row(found, "dog")["p_value"], row(found, "dog")["accuracy_b"]) == (None, None)
    assert "p_adjusted" not in row(found, "dog") and row(found, "cat")["p_adjusted"] == 1


@pytest.mark.parametrize("own", [by_counts({NAME: A}), side("x", {NAME: answered(LABELS, ONE, CLASSES)})])
def test_a_study_does_not_differ_from_itself(own: Side) -> None:
    found = comparison(own, own)
    assert {(entry["delta_pp"], entry["p_value"], entry["significant"]) for entry in found.rows} == {(0, 1, False)}


def test_turning_the_sides_turns_the_signs() -> None:
    for there, back in zip(compared(A, B).rows, compared(B, A).rows, strict=True):
        assert back["delta_pp"] == pytest.approx(-there["delta_pp"])
        assert (back["ci_low_pp"], back["ci_high_pp"]) == pytest.approx((-there["ci_high_pp"], -there["ci_low_pp"]))
        assert back["p_adjusted"] == pytest.approx(there["p_adjusted"])


def test_files_and_sizes() -> None:
    one, other = (by_counts({NAME: A}, sha256="ff", file_bytes=size) for size in (10, 12))
    top1 = row(comparison(one, other), None)
    assert (top1["same_file"], top1["file_bytes_a"], top1["file_bytes_b"], top1["gzip_bytes_a"]) == (True, 10, 12, None)
    assert not row(compared(A, A), None)["same_file"]  # two unknown files


def test_equal_logits_make_a_change_doubtful_where_versions_differ() -> None:
    for version, ties, doubtful in (("bbb", 50, True), ("bbb", 5, False), ("aaa", 50, False)):
        many = by_counts({NAME: A}, ties=ties)
        b = by_counts({NAME: {"cat": (100, 50), "dog": (100, 30), "eel": (50, 50)}}, code_version=version)
        assert bool(in_doubt(comparison(many, b))) == doubtful


def test_the_family_wise_error_is_kept_and_a_planted_drop_is_found() -> None:
    random = np.random.default_rng(2)
    truth = np.array([0.9, 0.7, 0.5, 0.6])

    def claims(shares: "np.ndarray") -> list[bool]:
        sides = [
            {f"c{k}": (200, int(right)) for k, right in enumerate(random.binomial(200, own))} for own in (truth, shares)
        ]
        return [bool(entry["significant"]) for entry in compared(*sides).of("class")]

    null = [any(claims(truth)) for _ in range(250)]
    assert np.mean(null) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 250)
    found = [claims(truth - [0, 0.25, 0, 0]) for _ in range(60)]
    assert np.mean([signs[1] for signs in found]) > 0.95
    assert np.mean([signs[0] or signs[2] or signs[3] for signs in found]) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
