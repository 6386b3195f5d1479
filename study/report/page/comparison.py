"""What the page needs to compare any two variants: who was right on which image, and the study's own tests."""

import base64

import numpy as np
from scipy.stats import norm

from study.report import names
from study.report.correction import LEVEL
from study.report.fields import csv_value
from study.report.inputs import Document
from study.report.page.interval_chart import DRAWN, LINE
from study.report.tables import Tables, records
from study.tasks.metrics import Bools


def comparison(tables: Tables) -> Document | None:
    """The document that the page's script reads; None where there are not two variants with answers.

    `labels` are true classes, one byte an image (two with more than 256 classes, little-endian); `right` has a bit an
    image, the first in the highest bit of the first byte. Both are base64.
    """
    classes, per_class, results = tables.inputs.classes, tables["per_class"], tables["results"]
    given = {result.name: result.predictions for result in tables.inputs.results if result.predictions}
    if len(given) < 2:
        return None
    labels = next(iter(given.values())).labels
    width = "u1" if len(classes) <= 256 else "<u2"
    order, seeds = {name: place for place, name in enumerate(given)}, names.several_seeds(results)
    rows = {row["variant"]: row for row in records(results)}
    tests = {
        variant: [[csv_value("p_adjusted", row["p_adjusted"]), bool(row["significant"])] for row in records(own)]
        for variant, own in per_class.groupby("variant", sort=False)
    }
    return {
        "classes": [names.clean(name) for name in classes],
        "short": names.short_names(classes, 16),
        "images": len(labels),
        "labels": _base64(labels.astype(width).tobytes()),
        "labelBytes": np.dtype(width).itemsize,
        "level": LEVEL,
        "z": float(norm.ppf(0.975)),
        "drawn": DRAWN,
        "line": LINE,
        "tests": int(per_class["p_adjusted"].notna().sum()),
        "variants": [
            {
                "variant": name,
                "label": names.full(rows[name], seeds),
                "arch": names.clean(rows[name]["arch"]),
                "base": order.get(rows[name]["baseline"]),
                "right": _base64(packed(one.correct)),
                "tests": tests[name],
            }
            for name, one in given.items()
        ],
    }


def packed(right: Bools) -> bytes:
    """Booleans [N] as bits, eight a byte."""
    return np.packbits(right).tobytes()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
