"""P-values of many tests, corrected for their number.

Written out: `statsmodels.stats.multitest.multipletests`, which gives the same values to the last digit, takes a second
to import and at each call of it for Holm walks all objects of the process, which takes longer than a whole table.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from study.errors import StudyError

Floats = npt.NDArray[np.float64]


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given: for claims (family-wise error).

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6, 65-70.
    """
    return _adjusted(p_values, lambda rising: np.maximum.accumulate(rising * np.arange(len(rising), 0, -1)))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's q-values, in the order given: for exploration (false discovery rate).

    Of what is picked out at q <= 0.05, at most 5 % are expected to be false, where the tests are independent or
    positively dependent. Source: Benjamini and Hochberg (1995); Benjamini and Yekutieli (2001), "The control of the
    false discovery rate in multiple testing under dependency", Annals of Statistics 29, 1165-1188.
    """
    return _adjusted(p_values, _step_up)


def _step_up(rising: Floats) -> Floats:
    shares = np.arange(1, len(rising) + 1) / len(rising)
    found: Floats = np.minimum.accumulate((rising / shares)[::-1])[::-1]
    return found


def _adjusted(p_values: Sequence[float], steps: Callable[[Floats], Floats]) -> list[float]:
    """What `steps` makes of the p-values from the smallest to the largest, at most 1."""
    if not p_values:
        return []
    if not all(0.0 <= p <= 1.0 for p in p_values):
        raise StudyError("p-values must lie between 0 and 1")
    values = np.asarray(p_values, dtype=np.float64)
    order, found = np.argsort(values), np.empty(len(values))
    found[order] = np.minimum(steps(values[order]), 1.0)
    return [float(p) for p in found]
