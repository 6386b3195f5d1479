"""Changes of many classes over few runs: paired t-tests that share what is known of the spread between runs.

Five differences estimate a spread badly: a test of each class by itself would miss what nobody would overlook, and find
spread where three runs agree by luck. The classes of one network spread alike, so each variance is drawn towards the
others', by as much as the data say that they are alike. Source: Smyth (2004), "Linear models and empirical Bayes
methods for assessing differential expression in microarray experiments", Statistical Applications in Genetics and
Molecular Biology 3(1), article 3, sections 3 to 6.2 (limma).

Here the others weigh at most as much as the class's own runs: some classes do spread more than others, and with ten of
them the estimated weight is uncertain. Under that limit the error rate holds in simulations with the spread of real
trainings (tests/study/statistics/test_moderated.py).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma
from scipy.stats import t

from study.arrays import Array, Floats
from study.errors import StudyError

EQUAL = 1e-12
"""Variances below this are rounding: runs that differ by the same to the last image."""
LEAST = 1e-5  # of the median variance: what limma puts in the place of a variance of 0


@dataclass(frozen=True)
class Change:
    """A mean over runs with its interval and the chance of one as far from 0, in the unit of the differences."""

    mean: float
    low: float
    high: float
    p_value: float


def moderated(differences: Array, confidence: float = 0.95) -> list[Change] | None:
    """Test the mean of each column of `differences` [runs, classes]; None where no column varies over runs.

    Raises:
        StudyError: fewer than two runs or classes, or values that are not finite.
    """
    values = np.asarray(differences, np.float64)
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():
        raise StudyError(f"a test over runs needs finite differences [runs >= 2, classes >= 2], not {values.shape}")
    runs, own = len(values), len(values) - 1
    variance = values.var(axis=0, ddof=1)
    if variance.max() < EQUAL:
        return None
    variance = np.maximum(variance, LEAST * max(float(np.median(variance)), EQUAL))
    weight, common = prior(variance, own)
    weight = min(weight, float(own))
    posterior = (weight * common + own * variance) / (weight + own)
    mean, error = values.mean(axis=0), np.sqrt(posterior / runs)
    reach = t.ppf(0.5 + confidence / 2, weight + own) * error
    p_values = 2 * t.sf(np.abs(mean) / error, weight + own)
    return [Change(*map(float, one)) for one in zip(mean, mean - reach, mean + reach, p_values, strict=True)]


def prior(variance: Floats, freedom: int) -> tuple[float, float]:
    """Degrees of freedom and value of the common variance that `variance` [K], each of so many degrees, come from.

    Infinite degrees: they differ by no more than chance (Smyth 2004, section 6.2).
    """
    logs = np.log(variance) - digamma(freedom / 2) + np.log(freedom / 2)
    excess = float(logs.var(ddof=1) - polygamma(1, freedom / 2))
    if excess <= 0:
        return np.inf, float(np.exp(logs.mean()))
    half = brentq(lambda x: float(polygamma(1, x)) - excess, 1e-8, 1e8) if excess > 1e-7 else 1 / excess
    return 2 * half, float(np.exp(logs.mean() + digamma(half) - np.log(half)))
