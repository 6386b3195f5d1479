"""Which files count in a family of tests, an average or a median: each vector of answers once, collapsed files apart.

Two files that answer every image alike (the same network with and without integer ports, or with zeros stored and not
stored) are one result, not two. A file that collapsed says nothing on single classes: all of them lose.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from study.report import names
from study.report.inputs import Inputs, Result
from study.report.names import NBSP

COLLAPSE_PP = 10.0
"""Percentage points of top-1 below its baseline beyond which a file has collapsed."""
RIGHT = 10
"""A class that a baseline gets this many images of right, and a file never names, is lost altogether."""
RULE = (
    f"A file has collapsed where its top-1 is more than {COLLAPSE_PP:g} points below that of its baseline (of the "
    f"dense network, where there is none), or where it never names a class of which that one gets {RIGHT} images or "
    "more right."
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


def _collapse(inputs: Inputs, result: Result) -> str | None:
    own, against = result.predictions, inputs.baseline(result) or inputs.start(result)
    if own is None or against is None or against.predictions is None or against is result:
        return None
    base = against.predictions
    lost, images = int(base.correct.sum()) - int(own.correct.sum()), len(base.labels)
    if 100 * lost > COLLAPSE_PP * images:  # in whole images: a difference of two means is rounded
        return f"top-1 {100 * lost / images:.1f}{NBSP}points lower"
    right = np.bincount(base.labels[base.correct], minlength=len(inputs.classes))
    named = np.bincount(own.predicted, minlength=len(inputs.classes))
    never = [inputs.classes[index] for index in np.flatnonzero((right >= RIGHT) & (named == 0))]
    return f"never names {', '.join(names.shorten(name, 40) for name in never)}" if never else None
