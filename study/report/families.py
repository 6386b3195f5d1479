"""Which files count in a family of tests, an average or a median: each vector of answers once, collapsed files apart.

Two files that answer every image alike (the same network with and without integer ports, or with zeros stored and not
stored) are one result, not two. A file that collapsed says nothing on single classes: all of them lose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from study.report import names
from study.report.inputs import Inputs, Result
from study.report.names import NBSP
from study.report.treatments import ORDINARY
from study.report.widths import ALONE, narrow

COLLAPSE_PP = 10.0
"""Percentage points of top-1 below its baseline beyond which a file has collapsed."""
RIGHT = 10
"""A class that a baseline gets this many images of right, and a file never names, is lost altogether."""
RULE = (
    f"A file has collapsed where its top-1 is more than {COLLAPSE_PP:g} points below that of its baseline (of the "
    f"dense network, where there is none), or where it never names a class of which that one gets {RIGHT} images or "
    "more right."
)
NARROW_RULE = (
    " Narrower levels of a family, and single networks of their widths, are meant to be less accurate: their top-1 is "
    "held to that of the same network in float32, not to the whole one\u2019s."
)


@dataclass(frozen=True)
class Standing:
    """Of one file: the earlier file of its network that answers every image alike, and how it collapsed, in words."""

    same_as: str | None = None
    collapsed: str | None = None


def standings(inputs: Inputs) -> Mapping[str, Standing]:
    """Level -> its standing, of all that have predictions, in the order of the plan."""
    first: dict[tuple[str, bytes], str] = {}
    found = {}
    for result in inputs.results:
        if result.predictions:
            answers = result.level.start.name, result.predictions.predicted.tobytes()
            same = first.setdefault(answers, result.name)
            found[result.name] = Standing(None if same == result.name else same, _collapse(inputs, result))
    return found


def rule(results: pd.DataFrame) -> str:
    """When a file of these has collapsed, in words."""
    several, single = results["level"] != ORDINARY, results["method"].isin(ALONE.values())
    return RULE + (NARROW_RULE if (several | single).any() else "")


def _collapse(inputs: Inputs, result: Result) -> str | None:
    own, against = result.predictions, inputs.baseline(result) or inputs.start(result)
    if own is None or against is None or against.predictions is None or against is result:
        return None
    base = against.predictions
    if lost := _lost(inputs, result, against):
        return lost
    right = np.bincount(base.labels[base.correct], minlength=len(inputs.classes))
    named = np.bincount(own.predicted, minlength=len(inputs.classes))
    never = [inputs.classes[index] for index in np.flatnonzero((right >= RIGHT) & (named == 0))]
    return f"never names {', '.join(names.shorten(name, 40) for name in never)}" if never else None


def _lost(inputs: Inputs, result: Result, against: Result) -> str | None:
    """How far its top-1 is below that of its baseline, of a narrow network below its own in float32, if too far."""
    apart = narrow(result.level)
    measure = inputs.by_name.get(replace(result.level, variant=result.variant.in_float).name) if apart else against
    if result.predictions is None or measure is None or measure.predictions is None:
        return None
    before, after = (one.correct for one in (measure.predictions, result.predictions))
    lost, images = int(before.sum()) - int(after.sum()), len(before)
    if 100 * lost <= COLLAPSE_PP * images:  # in whole images: a difference of two means is rounded
        return None
    return f"top-1 {100 * lost / images:.1f}{NBSP}points lower{' than in float32' if apart else ''}"
