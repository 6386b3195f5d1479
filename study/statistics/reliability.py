"""A reliability table: how sure a model is, and how often it is right then.

Confidence is the highest softmax probability; bins are (low, high] of equal width. The expected calibration error
is the sum of |accuracy - confidence| n / N over them. Source: Guo et al. (2017), "On calibration of modern neural
networks", section 2, with its 15 bins; DeGroot and Fienberg (1983) for the diagram.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from study.errors import StudyError

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Bin:
    """Images whose confidence lies in (low, high]; without images there is neither confidence nor accuracy."""

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


def reliability(confidence: Array, correct: Array, bins: int = 15) -> list[Bin]:
    """Bins of confidences [N] (0..1) and answers [N] (bool, right or wrong), from the least sure to the surest.

    Raises:
        StudyError: sides of different length, no image, no bin, or a confidence outside 0..1.
    """
    sure, right = np.asarray(confidence, np.float64), np.asarray(correct)
    if sure.ndim != 1 or sure.shape != right.shape or not len(sure) or right.dtype != np.bool_:
        raise StudyError("a reliability table needs a confidence and a right/wrong value for each image")
    if bins < 1 or not ((sure >= 0) & (sure <= 1 + 1e-9)).all():
        raise StudyError("a reliability table needs at least one bin, and confidences between 0 and 1")
    index = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    n = np.bincount(index, minlength=bins)
    total, hits = (np.bincount(index, weights=weights, minlength=bins) for weights in (sure, right))
    return [
        Bin(
            place / bins,
            (place + 1) / bins,
            int(n[place]),
            *((float(total[place] / n[place]), float(hits[place] / n[place])) if n[place] else (None, None)),
        )
        for place in range(bins)
    ]
