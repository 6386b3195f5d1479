"""One of the two studies that are compared: what was stored of it, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from study.errors import StudyError
from study.report.inputs import Document, Evaluation
from study.tasks.classification import Predictions, predictions_of

SIZES = ("file_bytes", "gzip_bytes")


@dataclass(frozen=True)
class Result:
    """One variant. `counts` maps each class to (test images, right answers), in the order of the outputs."""

    variant: str
    counts: Mapping[str, tuple[int, int]]
    facts: Document  # of the evaluation: sha256, preset, runtime, ...; what is unknown is absent
    sizes: Mapping[str, int]  # bytes by the names of SIZES; what is unknown is absent
    ties: int = 0  # images whose highest logit is shared
    answers: Predictions | None = None

    @property
    def total(self) -> tuple[int, int]:
        """Test images and right answers of all classes together."""
        return sum(n for n, _ in self.counts.values()), sum(right for _, right in self.counts.values())


@dataclass(frozen=True)
class Side:
    """A study. `label` is what the person called it; `settings` are parameters by dotted key, empty where unknown.

    `test_digest` stands for the test images where they were there to be hashed.
    """

    label: str
    classes: tuple[str, ...]
    results: Mapping[str, Result]
    settings: Document = field(default_factory=dict)
    test_digest: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str | None:
        """Fingerprint of the data set, the same for all variants; None where it is unknown."""
        prints = (result.facts.get("data_fingerprint") for result in self.results.values())
        return next((str(found) for found in prints if found), None)


def answers(arrays: Document) -> Predictions:
    """What stored predictions (`logits` [N, C], `labels` [N]) say about each image.

    Raises:
        StudyError: arrays that are missing or do not fit each other.
    """
    if missing := {"logits", "labels"} - set(arrays):
        raise StudyError(f"no array named {' or '.join(sorted(missing))}: evaluate again")
    return predictions_of(arrays["logits"], arrays["labels"])


def result(variant: str, document: Any, found: Predictions | None = None) -> Result:
    """One variant from its evaluation document and, where they are stored, its answers.

    Right answers are counted from `found` where it is given: an older version may have decided ties otherwise, and
    both sides must be counted by one rule.

    Raises:
        StudyError: a document that is no evaluation, or answers that are not its own.
    """
    counts = _counts(document)
    total, right = sum(n for n, _ in counts.values()), sum(correct for _, correct in counts.values())
    top1 = document.get("top1")
    if not isinstance(top1, int | float) or total == 0 or not abs(top1 - right / total) <= 1e-6:
        raise StudyError(f"its top1 {top1} is not that of its classes, {right} of {total}: evaluate again")
    facts = document.get("facts", [{}])
    if not isinstance(facts, list) or not facts or not isinstance(facts[0], Mapping):
        raise StudyError("its facts are no list of one mapping: evaluate again")
    sizes = {key: document[key] for key in SIZES if document.get(key) is not None}
    if broken := [key for key, size in sizes.items() if not _whole(size) or size < 1]:
        raise StudyError(f"its {broken[0]} is no size in bytes: evaluate again")
    if found is not None:
        counts = _recounted(counts, found)
    known = {key: value for key, value in Evaluation(document).facts.items() if value is not None}
    ties = document.get("ties")
    return Result(variant, counts, known, sizes, ties if _whole(ties) else 0, found)


def side(label: str, results: Mapping[str, Result], **more: Any) -> Side:
    """A study from its variants; `more` are the other fields of Side.

    Raises:
        StudyError: no variant, or variants of different classes or data sets.
    """
    if not results:
        raise StudyError(f"{label} holds no evaluated variant: give a folder of a finished run")
    first = next(iter(results.values()))
    for other in results.values():
        if list(other.counts) != list(first.counts):
            raise StudyError(f"{label}: {other.variant} and {first.variant} have different classes: evaluate again")
        prints = [one.facts.get("data_fingerprint", "") for one in (first, other)]
        if prints[0] != prints[1]:
            raise StudyError(
                f"{label}: {other.variant} and {first.variant} were evaluated on different data sets "
                f"(fingerprints '{str(prints[1])[:12]}' and '{str(prints[0])[:12]}'): a side is one data "
                "set, run `dvc repro` there"
            )
    return Side(label, tuple(first.counts), results, **more)


def _counts(document: Any) -> dict[str, tuple[int, int]]:
    entries = document.get("per_class") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or not entries:
        raise StudyError("it holds no per_class: it is no evaluation of this study, evaluate again")
    counts: dict[str, tuple[int, int]] = {}
    for entry in entries:
        name, n, right = (entry.get(key) if isinstance(entry, Mapping) else None for key in ("class", "n", "correct"))
        if not isinstance(name, str) or name in counts or not (_whole(n) and _whole(right) and 0 <= right <= n):
            raise StudyError(f"the counts of class {name!r} are damaged: evaluate again")
        counts[name] = (n, right)
    return counts


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _recounted(stated: Mapping[str, tuple[int, int]], found: Predictions) -> dict[str, tuple[int, int]]:
    """Counts from answers, of the same images and within the ties of what was stated."""
    images = np.bincount(found.labels, minlength=len(stated))
    right = np.bincount(found.labels[found.correct], minlength=len(stated))
    same = images.tolist() == [n for n, _ in stated.values()]
    if not same or sum(abs(int(new) - old) for new, (_, old) in zip(right, stated.values(), strict=True)) > found.ties:
        raise StudyError("its stored predictions and its counts do not belong together: evaluate again")
    return {name: (int(n), int(k)) for name, n, k in zip(stated, images, right, strict=True)}
