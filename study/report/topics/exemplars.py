"""Images that compression forgets: those that most compressed models name otherwise than most of the base models."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from study.report import names
from study.report.blocks import Block, Fold, Paragraph, Section
from study.report.contact_sheet import MOST, contact_sheet
from study.report.families import Standing, standings
from study.report.inputs import Inputs, Result
from study.report.phrases import percent
from study.report.shown import labelled
from study.report.tables import Record, Row, Tables, frame, records
from study.report.topics.topic import Topic
from study.statistics.exemplars import modal_exemplars, taxicab
from study.tasks.classification import Predictions

TREATMENT = ["method", "amount", "level", "quantization"]
COLUMNS = (
    "method amount level quantization models base_models test_images modal modal_ties modal_base_top1 modal_top1 "
    "taxicab taxicab_half"
).split()
SHOWN = "models modal modal_ties modal_base_top1 modal_top1 taxicab taxicab_half".split()
HALF = 1.0
"""Taxicab distance from which at least half of the answers have moved."""
UNDER = "Under each image: its true class, what most base models say, what most compressed ones say."
CAPTION = (
    "Modal exemplars: images that most models of a group name otherwise than most base models (float32, nothing "
    "removed). Taxicab: mean "
    "distance of the label distributions, 0 (all answer alike) to 2. A group of few models has few answers to count, "
    "so compare groups of equal size alone."
)


def exemplars(tables: Tables) -> pd.DataFrame:
    """`exemplars.csv`: how many images change for good: all compressed variants first, without a method, then each
    recipe and scheme over networks and seeds. Empty without models of both groups.
    """
    inputs = tables.inputs
    counted = _counted(inputs)
    base, compressed = _groups(counted)
    if not base or not compressed:
        return frame([], COLUMNS)
    treatments: dict[tuple[object, ...], tuple[Row, list[Predictions]]] = {}
    for result in counted:
        if result.predictions and result.level != result.level.baseline:
            own: Row = {key: result.identity[key] for key in TREATMENT}
            treatments.setdefault(tuple(own.values()), (own, []))[1].append(result.predictions)
    classes = len(inputs.classes)
    rows = [head | _counts(base, group, classes) for head, group in treatments.values()]
    return frame([_counts(base, compressed, classes), *rows], COLUMNS)


def _counted(inputs: Inputs) -> list[Result]:
    """Files that count: those with answers and a baseline of as much training, which have not collapsed, each vector of
    answers once.
    """
    standing = standings(inputs)
    return [one for one in inputs.results if standing.get(one.name) == Standing() and inputs.baseline(one)]


def _groups(counted: Sequence[Result]) -> tuple[list[Predictions], list[Predictions]]:
    """Predictions of base models, whole and float32, and of all others that count."""
    sides: dict[bool, list[Predictions]] = {True: [], False: []}
    for result in counted:
        if result.predictions:
            sides[result.level == result.level.baseline].append(result.predictions)
    return sides[True], sides[False]


def _counts(base: Sequence[Predictions], compressed: Sequence[Predictions], classes: int) -> Row:
    before, after = ([one.predicted for one in side] for side in (base, compressed))
    found, distance = modal_exemplars(before, after, classes), taxicab(before, after, classes)
    row: Row = {
        "models": len(compressed),
        "base_models": len(base),
        "test_images": len(base[0].labels),
        "modal": len(found.indices),
        "modal_ties": found.ties,
        "taxicab": float(distance.mean()),
        "taxicab_half": int((distance >= HALF - 1e-9).sum()),
    }
    if found.indices:
        row["modal_base_top1"] = float(np.mean([one.correct[found.indices].mean() for one in base]))
        row["modal_top1"] = float(np.mean([one.correct[found.indices].mean() for one in compressed]))
    return row


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """What the counts say, the sheet of the images where they are at hand, and the counts of each treatment."""
    table = tables["exemplars"]
    if table.empty:
        return None
    first, inputs = records(table.head(1))[0], tables.inputs
    blocks: list[Block] = [Paragraph(_said(first))]
    if inputs.images is not None and first["modal"]:
        base, compressed = _groups(_counted(inputs))
        before, after = ([one.predicted for one in side] for side in (base, compressed))
        found = modal_exemplars(before, after, len(inputs.classes))
        many = f"The {MOST} with the clearest majorities." if len(found.indices) > MOST else "All of them."
        sides = base[0].labels, found.base, found.compressed
        blocks.append(contact_sheet(inputs.images, found.indices, *sides, inputs.classes, f"{many} {UNDER}"))
    if len(table) > 2:  # with a single treatment, its row is that of all
        details = labelled("exemplars", CAPTION, table, SHOWN, "Group", _group)
        blocks.append(Fold("Exemplars by treatment", (details,), False))
    return Section("forgotten", "Images that compression forgets", tuple(blocks))


def _group(row: Record) -> str:
    return names.treatment(row, False) if row["method"] else "all compressed variants"


def _said(row: Record) -> str:
    said = (
        f"{row['modal']:,} of {row['test_images']:,} test images get another class from most of the {row['models']} "
        f"compressed files than from most of the {row['base_models']} base ones (float32, nothing removed; modal "
        f"exemplars). "
        f"{row['modal_ties']:,} images without a single most frequent class in one of the groups are left out. "
        f"On {row['taxicab_half']:,} images, half of the answers or more have moved to other classes (taxicab distance "
        f"of the label distributions of 1 or more; its mean is {row['taxicab']:.3f} of 2 possible)."
    )
    if row["modal"]:
        said += (
            f" The base files are right on {percent(row['modal_base_top1'])} of the modal exemplars, the "
            f"compressed ones on {percent(row['modal_top1'])}. Hooker et al. (2019) found such images harder for "
            "people, too."
        )
    return said


TOPIC = Topic(tables={"exemplars": exemplars}, section=section)
