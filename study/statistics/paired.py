"""Two models on the same images: what changed, how sure that is, and the chance that it is none.

Signs are those of the report: a negative `delta_pp` means that the variant lost accuracy against its base.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, norm

from study.arrays import Array
from study.errors import StudyError


@dataclass(frozen=True)
class Comparison:
    """A variant against its base on the same n images; a 95 % interval, effects in percentage points."""

    n: int
    base_only: int  # base right, variant wrong
    variant_only: int  # variant right, base wrong
    delta_pp: float
    ci_low_pp: float
    ci_high_pp: float
    p_value: float


def compare(base_correct: Array, variant_correct: Array) -> Comparison:
    """Compare the correctness [n] (bool) of two models on the same images, in the same order.

    Raises:
        StudyError: no images, or arrays of different length or that are not booleans.
    """
    base, variant = np.asarray(base_correct), np.asarray(variant_correct)
    if base.shape != variant.shape or base.ndim != 1:
        raise StudyError(
            f"a paired comparison needs the same images on both sides: {list(base.shape)} against {list(variant.shape)}"
        )
    if base.dtype != np.bool_ or variant.dtype != np.bool_:
        raise StudyError(f"a paired comparison needs right/wrong values, not {base.dtype} and {variant.dtype}")
    if len(base) == 0:
        raise StudyError("a paired comparison needs at least one image")
    both, base_only = int((base & variant).sum()), int((base & ~variant).sum())
    variant_only, neither = int((~base & variant).sum()), int((~base & ~variant).sum())
    low, high = newcombe_paired(both, variant_only, base_only, neither)
    return Comparison(
        len(base),
        base_only,
        variant_only,
        100.0 * (variant_only - base_only) / len(base),
        100.0 * low,
        100.0 * high,
        mcnemar_exact(base_only, variant_only),
    )


def mcnemar_exact(base_only: int, variant_only: int) -> float:
    """Two-sided exact McNemar p-value: a sign test on the discordant pairs (1 where there are none).

    Source: McNemar (1947); the same value as `statsmodels.stats.contingency_tables.mcnemar(exact=True)`.
    """
    discordant = base_only + variant_only
    return 1.0 if discordant == 0 else float(binomtest(base_only, discordant, 0.5).pvalue)


def newcombe_paired(
    both: int, first_only: int, second_only: int, neither: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the difference of two paired proportions, (first_only - second_only) / n, as fractions.

    Newcombe's method 10: the Wilson intervals of the two proportions are joined by squaring and adding, with
    their correlation phi (continuity-corrected). Source: Newcombe (1998), "Improved confidence intervals for
    the difference between binomial proportions based on paired data", Statistics in Medicine 17, 2635-2650.
    """
    n = both + first_only + second_only + neither
    if n == 0 or min(both, first_only, second_only, neither) < 0:
        raise StudyError("an interval needs at least one pair and no negative count")
    first, second = both + first_only, both + second_only
    margins = math.sqrt(first) * math.sqrt(n - first) * math.sqrt(second) * math.sqrt(n - second)
    product = float(both * neither - first_only * second_only)
    if product > 0:
        product = max(product - n / 2, 0.0)
    phi = product / margins if margins else 0.0
    low1, high1 = wilson(first, n, confidence)
    low2, high2 = wilson(second, n, confidence)
    p1, p2 = first / n, second / n
    below = (p1 - low1) ** 2 - 2 * phi * (p1 - low1) * (high2 - p2) + (high2 - p2) ** 2
    above = (high1 - p1) ** 2 - 2 * phi * (high1 - p1) * (p2 - low2) + (p2 - low2) ** 2
    delta = (first_only - second_only) / n
    return max(delta - math.sqrt(max(below, 0.0)), -1.0), min(delta + math.sqrt(max(above, 0.0)), 1.0)


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion, as fractions; `n` is at least 1.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference"; the same as
    `scipy.stats.binomtest(...).proportion_ci(method="wilson")` without the test.
    """
    z = float(norm.ppf(0.5 + confidence / 2))
    centre = (successes + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(successes * (n - successes) / n + z * z / 4)
    return max(centre - half, 0.0), min(centre + half, 1.0)
