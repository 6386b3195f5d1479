"""Whether another order of the classes would fit a network's outputs far better: then its labels are mixed up."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from study.arrays import Array

RISE = 0.2
"""Rise of accuracy from which another order is worth a warning, beside a place well above chance."""


def other_order(logits: Array, labels: Array) -> tuple[float, float, list[int]] | None:
    """Accuracy as the outputs stand, that under the best assignment of outputs to classes, and which output each class
    would take; None where the order is plausible.

    The assignment is the one of most right answers (Kuhn 1955), which also rises by chance on few images: so it has to
    rise by RISE, and from below half of the best.

    Args:
        logits: float [N, classes].
        labels: int [N].
    """
    classes = logits.shape[1]
    answers = logits.argmax(1)
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, answers), 1)
    now = float(np.trace(counts)) / max(1, len(labels))
    rows, columns = linear_sum_assignment(counts, maximize=True)
    best = float(counts[rows, columns].sum()) / max(1, len(labels))
    if best < now + RISE or now > best / 2:
        return None
    return now, best, columns.tolist()
