"""Does a class lose its place among the classes: tests whose unit is the training run, not the image.

Tests on images say what two given models do; they cannot say what compression does to the next training run. With
several seeds, each run gives one figure a class, its accuracy minus the mean over classes of the same model, and base
and compressed runs are compared by these. Source: Hooker et al. (2019), "What Do Compressed Deep Neural Networks
Forget?", arXiv:1911.05248, section 2: Welch's t on class accuracy shifted by the model's mean.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import ttest_ind, ttest_rel

from study.arrays import Array, Floats
from study.errors import StudyError

ENOUGH = 5
"""Seeds from which on a test may carry a claim; with fewer it is indicative."""
EQUAL = 1e-12  # standard deviations below this are rounding, not variance

TESTED, INDICATIVE = "tested", "indicative"
ONE_SEED, NO_VARIANCE = "one seed", "no variance"


@dataclass(frozen=True)
class SeedTest:
    """Over seeds, in percentage points; negative: lost. A p-value is None where its test is not possible.

    `outcome` says how much it is worth: `tested`, `indicative` (fewer than five seeds on a side), `one seed`,
    `no variance` (all seeds agree to the last image: no spread to measure the change by).
    """

    seeds: int
    change_pp: float
    welch_p: float | None
    paired_p: float | None
    outcome: str


@dataclass(frozen=True)
class SeedChange:
    """Mean change over seeds with Student's 95 % interval, percentage points; no interval from one seed."""

    seeds: int
    delta_pp: float
    low_pp: float | None
    high_pp: float | None
    p_value: float | None


def seed_tests(base: Array, compressed: Array, paired: bool) -> list[SeedTest]:
    """Test each class; `base` [S, K] and `compressed` [T, K] are class accuracies (fractions), a row a seed.

    `paired`: row i of both stems from the same base network. Then the outcome is that of the paired t-test, else that
    of Welch's. The change is that of the accuracy minus the model's mean over classes.

    Raises:
        StudyError: other shapes, values that are not finite, or a pair without its partner.
    """
    first, second = _checked(base), _checked(compressed)
    if first.shape[1] != second.shape[1] or (paired and len(first) != len(second)):
        raise StudyError(f"seeds are compared class by class: {list(first.shape)} against {list(second.shape)}")
    first, second = (side - side.mean(axis=1, keepdims=True) for side in (first, second))
    fewest = min(len(first), len(second))
    found = []
    for k in range(first.shape[1]):
        before, after = first[:, k], second[:, k]
        welch = _welch(before, after)
        together = _paired(before, after) if paired else None
        outcome = outcome_of(fewest, together if paired else welch)
        found.append(SeedTest(fewest, 100 * float(after.mean() - before.mean()), welch, together, outcome))
    return found


def outcome_of(seeds: int, p_value: float | None) -> str:
    """What a test over so many seeds is worth (see `SeedTest`)."""
    if seeds < 2:
        return ONE_SEED
    if p_value is None:
        return NO_VARIANCE
    return TESTED if seeds >= ENOUGH else INDICATIVE


def seed_change(base: Array, compressed: Array) -> SeedChange:
    """Paired change of an accuracy [S] over seeds, with Student's t interval and test of no change.

    Raises:
        StudyError: sides of different length, none at all, or values that are not finite.
    """
    before, after = np.asarray(base, np.float64), np.asarray(compressed, np.float64)
    if before.ndim != 1 or before.shape != after.shape or not len(before) or not np.isfinite(before + after).all():
        raise StudyError("a change over seeds needs one finite accuracy a seed on both sides")
    delta, p_value = float((after - before).mean()), _paired(before, after)
    if p_value is None:
        return SeedChange(len(before), 100 * delta, None, None, None)
    low, high = ttest_rel(after, before).confidence_interval(0.95)
    return SeedChange(len(before), 100 * delta, 100 * float(low), 100 * float(high), p_value)


def _checked(accuracy: Array) -> Floats:
    values = np.asarray(accuracy, np.float64)
    if values.ndim != 2 or not len(values) or values.shape[1] < 2 or not np.isfinite(values).all():
        raise StudyError(f"seeds need finite class accuracies [seeds, classes >= 2], not {list(values.shape)}")
    return values


def _welch(first: Array, second: Array) -> float | None:
    if min(len(first), len(second)) < 2 or max(first.std(ddof=1), second.std(ddof=1)) < EQUAL:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a side without variance is no loss of precision here
        return float(ttest_ind(second, first, equal_var=False).pvalue)


def _paired(first: Array, second: Array) -> float | None:
    if len(first) < 2 or (second - first).std(ddof=1) < EQUAL:
        return None
    return float(ttest_rel(second, first).pvalue)
