"""What holds for training anew: changes whose unit is the training run, not the image.

Tests on images say what two given files do; they cannot say what compression does to the next training run. With
several seeds each pair of runs from one base network gives one difference a class. Two questions are asked of them:
did the accuracy of the class change, and did its place, the accuracy minus the mean over classes of the same model
(Hooker et al. 2019, "What Do Compressed Deep Neural Networks Forget?", arXiv:1911.05248, section 2).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import ttest_rel

from study.arrays import Array, Floats
from study.errors import StudyError
from study.statistics.moderated import Change, moderated

ENOUGH = 5
"""Seeds from which on a change may be claimed of a compression; with fewer that is not testable."""
EQUAL = 1e-12  # standard deviations below this are rounding, not variance

TESTED, TOO_FEW, NO_VARIANCE = "tested", "not testable: too few seeds", "not testable: no variance"


@dataclass(frozen=True)
class ClassChange:
    """Of one class over seeds, in percentage points; negative: lost. `place` is the change beyond that of its model;
    None where that is the same in every seed.
    """

    change: Change
    place: Change | None


@dataclass(frozen=True)
class SeedChange:
    """Mean change over seeds with Student's 95 % interval, percentage points; no interval from one seed."""

    seeds: int
    delta_pp: float
    low_pp: float | None
    high_pp: float | None
    p_value: float | None


def class_changes(base: Array, compressed: Array) -> list[ClassChange] | None:
    """Test each class; `base` and `compressed` [S, K] are class accuracies (fractions), row i from one base network.

    None where the change of no class differs between seeds: there is no spread to measure it by.

    Raises:
        StudyError: other shapes, fewer than two seeds or classes, or values that are not finite.
    """
    first, second = _checked(base), _checked(compressed)
    if first.shape != second.shape:
        raise StudyError(f"seeds are compared pair by pair: {list(first.shape)} against {list(second.shape)}")
    differences = 100 * (second - first)
    changes, places = moderated(differences), moderated(differences - differences.mean(axis=1, keepdims=True))
    if changes is None:
        return None
    return [ClassChange(change, places[index] if places else None) for index, change in enumerate(changes)]


def seed_change(base: Array, compressed: Array) -> SeedChange:
    """Paired change of an accuracy [S] over seeds, with Student's t interval and test of no change.

    Raises:
        StudyError: sides of different length, none at all, or values that are not finite.
    """
    before, after = np.asarray(base, np.float64), np.asarray(compressed, np.float64)
    if before.ndim != 1 or before.shape != after.shape or not len(before) or not np.isfinite(before + after).all():
        raise StudyError("a change over seeds needs one finite accuracy a seed on both sides")
    delta = 100 * float((after - before).mean())
    if len(before) < 2 or (after - before).std(ddof=1) < EQUAL:
        return SeedChange(len(before), delta, None, None, None)
    test = ttest_rel(after, before)
    low, high = test.confidence_interval(0.95)
    return SeedChange(len(before), delta, 100 * float(low), 100 * float(high), float(test.pvalue))


def _checked(accuracy: Array) -> Floats:
    values = np.asarray(accuracy, np.float64)
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():
        raise StudyError(f"seeds need finite class accuracies [seeds >= 2, classes >= 2], not {list(values.shape)}")
    return values
