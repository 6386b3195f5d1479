"""Two models on different images: interval, exact test and detectable drop of two independent proportions.

Where both models answered the same images, those of `paired` see more; these are for counts alone.
Signs: second minus first, so that a negative difference means that the second did worse.
"""

import math

import numpy as np
from scipy.stats import fisher_exact, norm

from study.errors import StudyError


def newcombe_unpaired(
    first: int, n_first: int, second: int, n_second: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of second / n_second - first / n_first, as fractions between -1 and 1.

    The Wilson intervals of the two proportions are joined by squaring and adding. Source: Newcombe (1998), "Interval
    estimation for the difference between independent proportions", Statistics in Medicine 17, 873-890, method 10,
    through `statsmodels.stats.proportion.confint_proportions_2indep`.

    Raises:
        StudyError: no image on a side, or counts outside 0..n.
    """
    _check(first, n_first, second, n_second)
    from statsmodels.stats.proportion import confint_proportions_2indep  # slow to import

    low, high = confint_proportions_2indep(
        second, n_second, first, n_first, method="newcomb", compare="diff", alpha=1 - confidence
    )
    return max(float(low), -1.0), min(float(high), 1.0)


def fisher_two_sided(first: int, n_first: int, second: int, n_second: int) -> float:
    """Two-sided p-value of Fisher's exact test that both proportions are one, in either order of the sides.

    Source: Fisher (1935), "The logic of inductive inference", through `scipy.stats.fisher_exact`.

    Raises:
        StudyError: as `newcombe_unpaired`.
    """
    _check(first, n_first, second, n_second)
    table = np.array([[first, n_first - first], [second, n_second - second]])
    return min(float(fisher_exact(table, alternative="two-sided").pvalue), 1.0)


def detectable_drop_unpaired(
    n_first: int,
    n_second: int,
    share: float,
    comparisons: int = 1,
    alpha: float = 0.05,
    target: float = 0.8,
    step_pp: float = 0.25,
) -> float | None:
    """Smallest true drop from `share`, in percentage points in steps of `step_pp`, that counts show with that power.

    With `comparisons` tests the level is alpha / comparisons, the first and strictest step of Holm's procedure. None
    where even a drop to nothing would be missed. Source: normal approximation to Fisher's exact test with its
    continuity correction, Fleiss, Levin and Paik (2003), "Statistical methods for rates and proportions", section 4.2.

    Raises:
        StudyError: no image on a side, a share outside 0..1, or no comparison.
    """
    if min(n_first, n_second, comparisons) < 1 or not 0 <= share <= 1:
        raise StudyError(
            f"no detectable drop for n = {n_first} and {n_second}, share {share}, {comparisons} comparisons"
        )
    critical, beyond = float(norm.isf(alpha / comparisons / 2)), float(norm.ppf(target))
    inverse = 1 / n_first + 1 / n_second
    for step in range(1, int(share * 100 / step_pp + 1e-9) + 1):
        drop = step * step_pp / 100
        lower = max(share - drop, 0.0)
        mean = (n_first * share + n_second * lower) / (n_first + n_second)
        null = math.sqrt(mean * (1 - mean) * inverse)
        true = math.sqrt(share * (1 - share) / n_first + lower * (1 - lower) / n_second)
        if drop - inverse / 2 >= critical * null + beyond * true:
            return step * step_pp
    return None


def _check(first: int, n_first: int, second: int, n_second: int) -> None:
    for right, n in ((first, n_first), (second, n_second)):
        if n < 1 or not 0 <= right <= n:
            raise StudyError(f"an unpaired comparison needs counts between 0 and n on both sides, not {right} of {n}")
