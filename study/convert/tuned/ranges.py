"""Activation ranges of least error, in place of the smallest and largest value that calibration saw.

Three things make those too wide. An outlier stretches a range over values that hardly occur. A range before a
hard-swish reaches to -300 where everything below -3 becomes 0. And TensorFlow 2.19 records the result of an addition
or multiplication as a value of its operand, where its kernel works in place. So ranges are searched on the values
themselves, the error is read behind the activation function that follows, and it is taken relative to each image's
own power: a few images with huge activations then count as much as any others, while a plain squared error would
serve them alone. Clipping for least error: Nagel et al. 2021, arXiv 2106.08295, section 3.1; Banner et al. 2019,
arXiv 1810.05723.
"""

from collections.abc import Callable, Iterator

import numpy as np

from study.arrays import Array

SHARES = np.geomspace(1.0, 0.01, 16)
"""Shares of the whole range that are tried on each side."""

LEVELS = 256
GAIN = 0.999
"""A narrower range is only taken where the error falls below this share of the best one so far."""


def hard_swish(values: Array) -> Array:
    """x relu6(x + 3) / 6 (Howard et al. 2019, arXiv 1905.02244)."""
    found: Array = values * np.clip(values + 3, 0, 6) / 6
    return found


def swish(values: Array) -> Array:
    """x sigmoid(x) (Ramachandran et al. 2017, arXiv 1710.05941)."""
    found: Array = values / (1 + np.exp(-np.clip(values, -80, 80)))
    return found


def unchanged(values: Array) -> Array:
    """No activation function."""
    return values


def least_error(values: Array, function: Callable[[Array], Array] = unchanged) -> tuple[float, float]:
    """Search the range that rounds `values` to 256 levels with the least relative error behind `function`.

    Args:
        values: one activation, [images, elements].
        function: what follows, elementwise.

    Returns:
        (low, high) within the values' own range; low <= 0 <= high, for zero must be a level.
    """
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    best, least = (low, high), np.inf
    for candidate in _candidates(low, high):
        error = relative_error(values, *candidate, function)
        if error < GAIN * least:
            best, least = candidate, error
    return best


def relative_error(values: Array, low: float, high: float, function: Callable[[Array], Array] = unchanged) -> float:
    """Squared error of rounding over the power of the exact result, averaged over images; all zero counts nothing.

    The rounding is r = S (q - Z) with an integer Z (Jacob et al. 2018, arXiv 1712.05877).
    """
    exact = function(values)
    rounded = function(_rounded(values, low, high))
    power = np.square(exact, dtype=np.float64).sum(1)
    noise = np.square(rounded - exact, dtype=np.float64).sum(1)
    used = power > 0
    return float((noise[used] / power[used]).mean()) if used.any() else 0.0


def _rounded(values: Array, low: float, high: float) -> Array:
    scale = (high - low) / (LEVELS - 1)
    if scale == 0:
        return np.zeros_like(values)
    zero = round(-low / scale)
    found: Array = (np.clip(np.round(values / scale) + zero, 0, LEVELS - 1) - zero) * scale
    return found


def _candidates(low: float, high: float) -> Iterator[tuple[float, float]]:
    """Every share of one side with every share of the other: outliers are rarely the same on both."""
    for above in SHARES if high > 0 else (1.0,):
        for below in SHARES if low < 0 else (1.0,):
            yield low * below, high * above
