"""What the page needs to compare any two variants: who was right on which image, and the study's own tests."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import norm

from study.report import names
from study.report.answers import Predictions
from study.report.facts import Facts
from study.report.fields import csv_value
from study.report.inputs import Document, Inputs, baseline_of
from study.report.page.interval_chart import DRAWN, LINE
from study.report.rows.per_class import LEVEL


def comparison(inputs: Inputs, facts: Facts, given: Mapping[str, Predictions]) -> Document | None:
    """The document that the page's script reads; None where there are not two variants with answers.

    `labels` are true classes, one byte an image (two with more than 256 classes, little-endian); `right` has a bit an
    image, the first in the highest bit of the first byte. Both are base64.
    """
    if len(given) < 2:
        return None
    seeds = names.several_seeds(facts.results)
    rows = {row["variant"]: row for row in facts.results}
    order = list(given)
    labels = given[order[0]].labels
    width = "u1" if len(inputs.card["classes"]) <= 256 else "<u2"
    tests: dict[str, list[Any]] = {}
    for row in facts.per_class:
        tests.setdefault(row["variant"], []).append(
            [csv_value("p_adjusted", row.get("p_adjusted")), bool(row.get("significant"))]
        )
    return {
        "classes": [names.clean(name) for name in inputs.card["classes"]],
        "short": names.short_names([str(name) for name in inputs.card["classes"]], 16),
        "images": len(labels),
        "labels": _base64(labels.astype(width).tobytes()),
        "labelBytes": np.dtype(width).itemsize,
        "level": LEVEL,
        "z": float(norm.ppf(0.975)),
        "drawn": DRAWN,
        "line": LINE,
        "tests": sum(row.get("p_adjusted") is not None for row in facts.per_class),
        "variants": [
            {
                "variant": name,
                "label": names.full(rows[name], seeds),
                "arch": names.clean(rows[name]["arch"]),
                "base": _place(order, baseline_of(inputs.exported, name)),
                "right": _base64(packed(given[name].correct)),
                "tests": tests[name],
            }
            for name in order
        ],
    }


def packed(right: Any) -> bytes:
    """Booleans [N] as bits, eight a byte."""
    return np.packbits(np.asarray(right, dtype=bool)).tobytes()


def _place(order: list[str], base: str | None) -> int | None:
    return order.index(base) if base in order else None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
