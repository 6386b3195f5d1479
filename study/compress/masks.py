"""Which weights to keep: arithmetic on arrays, free of any framework."""

from typing import Any

import numpy as np
import numpy.typing as npt

from study.errors import StudyError

Array = npt.NDArray[Any]


def magnitude_mask(weights: Array, sparsity: float) -> npt.NDArray[np.bool_]:
    """Keep all but the `round(sparsity * size)` smallest absolute values; of equal ones the later are kept.

    Args:
        weights: any shape.
        sparsity: fraction to cut, 0 to 1.

    Returns:
        True where a weight is kept, in the shape of `weights`.

    Raises:
        StudyError: the sparsity is no fraction, or a weight is not a number.
    """
    if not 0 <= sparsity <= 1:
        raise StudyError(f"a sparsity of {sparsity} is no fraction: give 0 to 1")
    if not np.isfinite(weights).all():
        raise StudyError("the weights hold values that are not finite: train the network again")
    order = np.argsort(np.abs(weights), axis=None, kind="stable")
    mask = np.ones(weights.size, dtype=np.bool_)
    mask[order[: round(sparsity * weights.size)]] = False
    return mask.reshape(weights.shape)
