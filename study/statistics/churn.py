"""What retraining alone changes: answers and class accuracies of models that differ in their seed only.

Two trainings of one configuration disagree on some images. A compressed model that flips no more answers than that
has changed its answers no more than a new training would. Source: Milani Fard et al. (2016), "Launch and Iterate:
Reducing Prediction Churn", NeurIPS 29, section 2: churn, the share of inputs that two models answer differently.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from study.arrays import Array, Floats
from study.errors import StudyError


@dataclass(frozen=True)
class Churn:
    """Share of images that two runs of a configuration answer differently: mean, least and most over pairs."""

    pairs: int
    mean: float
    least: float
    most: float


def churn(answers: Sequence[Array]) -> Churn | None:
    """Churn over all pairs of runs, each the classes [N] that it names; None with fewer than two runs.

    Raises:
        StudyError: runs on different numbers of images, or on none.
    """
    if len({len(named) for named in answers}) > 1 or any(not len(named) for named in answers):
        raise StudyError("runs are compared on the same images, at least one")
    shares = [float((first != second).mean()) for first, second in combinations(answers, 2)]
    return Churn(len(shares), float(np.mean(shares)), min(shares), max(shares)) if shares else None


def spread(accuracy: Array) -> Floats | None:
    """Standard deviation over runs of accuracies [S, K], per class [K]; None with fewer than two runs."""
    values = np.asarray(accuracy, np.float64)
    return values.std(axis=0, ddof=1) if len(values) > 1 else None
