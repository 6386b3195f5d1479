"""What a paired comparison would have seen, and which drops it misses."""

import numpy as np
from scipy.stats import binom

from study.errors import StudyError


def power(n: int, drop: float, discordance: float, alpha: float) -> float:
    """Chance that the exact McNemar test finds a true `drop` (fraction) among n images, unconditionally.

    The number of discordant images is itself binomial(n, discordance); each is a loss with probability
    (1 + drop / discordance) / 2.
    """
    number = np.arange(n + 1)
    weight = binom.pmf(number, n, discordance)
    number, weight = number[weight > 1e-12], weight[weight > 1e-12]
    critical = binom.ppf(alpha / 2, number, 0.5)
    critical -= 2 * binom.cdf(critical, number, 0.5) > alpha  # rejected: 0..critical and its mirror image
    gain = max((1 - drop / discordance) / 2, 0.0)
    found = binom.cdf(critical, number, gain) + binom.sf(number - critical - 1, number, gain)
    return float((weight * found).sum())


def detectable_drop(
    n: int,
    discordance: float = 0.05,
    comparisons: int = 1,
    alpha: float = 0.05,
    target: float = 0.8,
    step_pp: float = 0.25,
) -> float | None:
    """Smallest true drop, in percentage points in steps of `step_pp`, that n images show with that power.

    `discordance` is the share of images on which exactly one of both models is right. With `comparisons`
    tests the level is alpha / comparisons, the first and strictest step of Holm's procedure. None where even
    the largest possible drop (every discordant image a loss) would be missed.
    """
    if n < 1 or comparisons < 1 or not 0 < discordance <= 1:
        raise StudyError(f"no detectable drop for n = {n}, discordance = {discordance}, {comparisons} comparisons")
    for step in range(1, int(discordance * 100 / step_pp + 1e-9) + 1):
        if power(n, step * step_pp / 100, discordance, alpha / comparisons) >= target:
            return step * step_pp
    return None
