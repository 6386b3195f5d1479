"""Means over images that each answered several times: the image is the unit, not the answer.

The same image under thirty corruptions gives thirty answers that depend on each other. So the answers of an image are
averaged first, and the interval is that of a mean over images: the cluster-robust one for clusters of equal size
(Liang and Zeger 1986, "Longitudinal data analysis using generalized linear models", Biometrika 73, 13-22).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from study.errors import StudyError


@dataclass(frozen=True)
class Mean:
    """A mean with its interval, and the p-value of the hypothesis that it is 0."""

    value: float
    low: float
    high: float
    p_value: float


def mean(per_image: npt.ArrayLike, confidence: float = 0.95) -> Mean:
    """Mean of one value an image [n], with Student's t interval and two-sided test.

    The test assumes that the mean is about normal. Where few values differ from 0 it is not, so the p-value is never
    below 2^(1 - m), the least that an exact test by exchange of signs can give with m such values (Fisher 1935, "The
    Design of Experiments", section 21). Where all values are equal, the interval is that value alone.

    Raises:
        StudyError: fewer than two images, another shape, or a value that is not finite.
    """
    values = np.asarray(per_image, np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise StudyError(f"an interval needs one finite value for each of two images or more, not {list(values.shape)}")
    centre, error = float(values.mean()), float(values.std(ddof=1)) / len(values) ** 0.5
    least = min(2.0 ** (1 - int(np.count_nonzero(values))), 1.0)
    if error == 0:
        return Mean(centre, centre, centre, least)
    half = float(t.ppf(0.5 + confidence / 2, len(values) - 1)) * error
    p_value = float(2 * t.sf(abs(centre) / error, len(values) - 1))
    return Mean(centre, centre - half, centre + half, max(p_value, least))
