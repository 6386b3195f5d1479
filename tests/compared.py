"""Made-up sides for the tests of a comparison: from counts alone, or with an answer to every image."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from study.comparing.comparison import Comparison, comparison
from study.comparing.side import Result, Side, answers, result, side
from study.report.tables import Record
from study.tasks.classification import summary

FINGERPRINT = "ab" * 32
NAME = "mobilenet_dense_s0_float32"


def counted(classes: Mapping[str, tuple[int, int]], **more: Any) -> dict[str, Any]:
    """An evaluation document with these (test images, right answers); `more` are facts or fields of it."""
    n, right = (sum(pair[place] for pair in classes.values()) for place in (0, 1))
    fields = {key: more.pop(key) for key in ("file_bytes", "gzip_bytes", "ties") if key in more}
    return {
        "top1": right / n,
        "per_class": [{"class": name, "n": n, "correct": k} for name, (n, k) in classes.items()],
        "facts": [{"data_fingerprint": FINGERPRINT, "code_version": "aaa"} | more],
    } | fields


def by_counts(variants: Mapping[str, Mapping[str, tuple[int, int]]], label: str = "there", **more: Any) -> Side:
    """A side without stored predictions."""
    return side(label, {name: result(name, counted(classes, **more)) for name, classes in variants.items()})


def logits(labels: Any, named: Any, classes: int) -> Any:
    """Logits that name exactly these classes."""
    assert len(labels) == len(named)
    return np.eye(classes, dtype=np.float32)[np.asarray(named)]


def answered(labels: Any, named: Any, classes: tuple[str, ...], **more: Any) -> Result:
    """A variant with these answers, stored."""
    given = logits(labels, named, len(classes))
    document = counted({"x": (1, 1)}, **more) | summary(given, np.asarray(labels), classes)
    return result(NAME, document, answers({"logits": given, "labels": np.asarray(labels)}))


def compared(a: Mapping[str, tuple[int, int]], b: Mapping[str, tuple[int, int]], **more: Any) -> Comparison:
    """One variant by counts on each side."""
    return comparison(by_counts({NAME: a}, **more), by_counts({NAME: b}, **more))


def row(found: Comparison, name: str | None) -> Record:
    """The row of a class, or of top-1, where there is one variant."""
    (only,) = [row for row in found.rows if row["class"] == name]
    return only
