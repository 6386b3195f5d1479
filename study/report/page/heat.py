"""Classes x treatments: the change of every class against the equally trained baseline, and what a cell is made of."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from study.report import names
from study.report.contact_sheet import png
from study.report.inputs import Document, Inputs, Result
from study.report.tables import Record, Tables, known, records
from study.report.treatments import KEYS

EXAMPLES, ENOUGH = 12, 3
"""Images of a class that the page carries at most, and of these a file's that are enough."""
MISTAKEN = 4
"""Wrong answers that are told apart in a cell's confusion."""


def heat(tables: Tables) -> Document | None:
    """The document that the page's script reads; None where no file has an equally trained baseline.

    A row is a treatment: of several seeds the mean of those that have not collapsed, with its standard deviation. A
    change is in percentage points. `files` are the seeds' files, each with the confusions of every class that changed
    most: [class, count in the baseline, count in the file].
    """
    compared = known(tables["results"], "delta_pp")
    if compared.empty:
        return None
    several = names.several_seeds(compared)
    per_class = {str(name): records(own) for name, own in tables["per_class"].groupby("variant", sort=False)}
    seeds = _seeds(tables["seeds"])
    rows = [
        _row(own, per_class, seeds.get(tuple(key)), tables.inputs)
        for key, own in compared[compared["collapsed"].isna()].groupby(KEYS, sort=False)
    ]
    return {
        "classes": [names.clean(name) for name in tables.inputs.classes],
        "short": names.short_names(tables.inputs.classes, 12),
        "rows": rows,
        "collapsed": [
            {"label": names.full(row, several), "why": row["collapsed"]}
            for row in records(known(compared, "collapsed"))
        ],
        "examples": _examples(tables.inputs, [one["variant"] for row in rows for one in row["files"]]),
    }


def _seeds(seeds: pd.DataFrame) -> dict[tuple[object, ...], dict[str, Record]]:
    """Of each treatment the rows of `seeds.csv` of single classes."""
    return {
        tuple(key): {row["class"]: row for row in records(known(own, "class"))}
        for key, own in seeds.groupby(KEYS, sort=False)
    }


def _row(
    own: pd.DataFrame,
    per_class: Mapping[str, Sequence[Record]],
    over_seeds: Mapping[str, Record] | None,
    inputs: Inputs,
) -> dict[str, Any]:
    lines = records(own)
    files = [{row["class"]: row for row in per_class[line["variant"]]} for line in lines]
    changes = np.array([[file[name]["delta_pp"] for name in inputs.classes] for file in files], float)
    return {
        "arch": names.clean(lines[0]["arch"]),
        "label": names.treatment(lines[0], False),
        "top1": float(own["delta_pp"].mean()),
        "change": [round(float(value), 2) for value in changes.mean(0)],
        "spread": [round(float(value), 2) for value in changes.std(0, ddof=1)] if len(files) > 1 else None,
        "harmed": [_harmed(name, files, over_seeds) for name in inputs.classes],
        "files": [
            {"variant": line["variant"], "baseline": line["baseline"], "confused": _confused(line["variant"], inputs)}
            for line in lines
        ],
    }


def _harmed(name: str, files: Sequence[Mapping[str, Record]], over_seeds: Mapping[str, Record] | None) -> str:
    """The level of a claim on one class: over seeds, in how many of these files, or none."""
    row = (over_seeds or {}).get(name)
    if row and row["significant"]:
        return "seeds"
    return "files" if any(file[name]["significant"] for file in files) else ""


def _confused(name: str, inputs: Inputs) -> list[list[list[int]]]:
    result = inputs.by_name[name]
    before, after = (_confusion(one) for one in (inputs.baseline(result), result))
    return [] if before is None or after is None else [list(_most(label, before, after)) for label in range(len(after))]


def _confusion(result: Result | None) -> Any:
    matrix = result.evaluation.document.get("confusion") if result and result.evaluation else None
    return None if matrix is None else np.asarray(matrix)


def _most(label: int, before: Any, after: Any) -> Iterator[list[int]]:
    """The right answer first, then the wrong ones that either gives most often."""
    counts = np.maximum(before[label], after[label])
    counts[label] = counts.max() + 1
    for other in np.argsort(-counts, kind="stable")[: MISTAKEN + 1]:
        if counts[other]:
            yield [int(other), int(before[label, other]), int(after[label, other])]


def _examples(inputs: Inputs, compared: Sequence[str]) -> list[dict[str, Any]]:
    """Of each class some images that files get wrong where their baseline is right; as PNG in base64."""
    if inputs.images is None:
        return []
    pairs = [(inputs.baseline(inputs.by_name[name]), inputs.by_name[name]) for name in compared]
    answers = [
        (base.predictions, own.predictions) for base, own in pairs if base and base.predictions and own.predictions
    ]
    if not answers or len(inputs.images) != len(answers[0][1].labels):
        return []
    lost = np.array([before.correct & ~after.correct for before, after in answers])
    labels = answers[0][1].labels
    return [
        {"image": int(index), "label": label, "png": base64.b64encode(png(inputs.images[index])).decode()}
        for label in range(len(inputs.classes))
        for index in _covering(lost, np.flatnonzero(labels == label))
    ]


def _covering(lost: Any, images: Any) -> Iterator[int]:
    """At most `EXAMPLES` of these images, such that as many files as can be lose `ENOUGH` of them: greedily, the image
    first that most files lose which have not enough. `lost` is bool [files, images].
    """
    own, wanted = lost[:, images], np.full(len(lost), ENOUGH)  # indexing copies: `lost` stays
    for _ in range(min(EXAMPLES, len(images))):
        counts = own[wanted > 0].sum(0)
        best = int(np.argmax(counts))
        if not counts[best]:
            return
        yield int(images[best])
        wanted -= own[:, best]
        own[:, best] = False
