from typing import Any

import numpy as np
import pytest
from compared import by_counts, counted, logits

from study.comparing.side import answers, result, side
from study.errors import StudyError

CLASSES = {"cat": (4, 3), "dog": (6, 2)}


def test_counts_facts_and_sizes() -> None:
    found = result("m", counted(CLASSES, file_bytes=100, ties=2, sha256="ff", preset=None))
    assert found.counts == CLASSES and found.total == (10, 5)
    assert found.facts == {"data_fingerprint": "ab" * 32, "code_version": "aaa", "sha256": "ff"}
    assert (found.sizes, found.ties, found.answers) == ({"file_bytes": 100}, 2, None)


def test_answers_are_counted_again_within_the_ties() -> None:
    labels = np.repeat([0, 1], [4, 6])
    scores = logits(labels, [0, 0, 0, 1, 1, 1, 0, 0, 0, 0], 2)
    scores[0] = 1.0  # a tie, which an older version counted as wrong
    found = answers({"logits": scores, "labels": labels})
    stated = counted({"cat": (4, 2), "dog": (6, 2)})
    right = int(found.correct[:4].sum())
    assert found.ties == 1
    assert result("m", stated, found).counts == {"cat": (4, right), "dog": (6, 2)}
    for wrong in ({"cat": (4, 0), "dog": (6, 2)}, {"cat": (5, 2), "dog": (5, 2)}, {"cat": (4, 2)}):
        with pytest.raises(StudyError, match="do not belong together"):
            result("m", counted(wrong), found)


@pytest.mark.parametrize(
    "arrays",
    [
        {"logits": np.zeros((2, 2))},
        {"labels": np.zeros(2, int)},
        {"logits": np.zeros((2, 2)), "labels": np.zeros(3, int)},
        {"logits": np.full((2, 2), np.nan), "labels": np.zeros(2, int)},
        {"logits": np.zeros((2, 2)), "labels": np.array([0, 2])},
    ],
)
def test_damaged_answers(arrays: dict[str, Any]) -> None:
    with pytest.raises(StudyError):
        answers(arrays)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"per_class": None}, "no per_class"),
        ({"per_class": []}, "no per_class"),
        ({"per_class": [1]}, "class None"),
        ({"per_class": [{"class": "cat", "n": 4, "correct": 5}]}, "class 'cat'"),
        ({"per_class": [{"class": "cat", "n": 4, "correct": -1}]}, "class 'cat'"),
        ({"per_class": [{"class": "cat", "n": 4.5, "correct": 1}]}, "class 'cat'"),
        ({"per_class": [{"class": "cat", "n": 4, "correct": True}]}, "class 'cat'"),
        ({"per_class": [{"class": "cat", "n": 4}]}, "class 'cat'"),
        ({"per_class": [{"class": "cat", "n": 4, "correct": 2}] * 2}, "class 'cat'"),
        ({"per_class": [{"class": "cat", "n": 0, "correct": 0}], "top1": 0.0}, "0 of 0"),
        ({"top1": 0.6}, "top1 0.6"),
        ({"top1": None}, "top1 None"),
        ({"top1": float("nan")}, "top1 nan"),
        ({"facts": {}}, "facts"),
        ({"facts": []}, "facts"),
        ({"facts": ["x"]}, "facts"),
        ({"file_bytes": "12"}, "file_bytes"),
        ({"gzip_bytes": 0}, "gzip_bytes"),
    ],
)
def test_damaged_documents(change: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        result("m", counted(CLASSES) | change)


@pytest.mark.parametrize("document", [None, [], "text", 3, {}])
def test_foreign_documents(document: Any) -> None:
    with pytest.raises(StudyError, match="no evaluation of this study"):
        result("m", document)


def test_a_side_is_one_data_set_of_the_same_classes() -> None:
    assert by_counts({"m": CLASSES, "n": CLASSES}).classes == ("cat", "dog")
    one = result("m", counted(CLASSES))
    with pytest.raises(StudyError, match="here holds no evaluated variant"):
        side("here", {})
    with pytest.raises(StudyError, match="here: n and m have different classes"):
        side("here", {"m": one, "n": result("n", counted({"dog": (6, 2), "cat": (4, 3)}))})
    for other, shown in (("cd" * 32, "cdcdcdcdcdcd"), (None, "")):
        with pytest.raises(StudyError, match=f"here: n and m were .* different data sets .*prints '{shown}' and"):
            side("here", {"m": one, "n": result("n", counted(CLASSES, data_fingerprint=other))})


def test_the_fingerprint_may_be_unknown() -> None:
    assert by_counts({"m": CLASSES}).fingerprint == "ab" * 32
    assert by_counts({"m": CLASSES}, data_fingerprint=None).fingerprint is None
