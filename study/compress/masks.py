"""Which layers are pruned and which weights are kept: names and arrays, free of any framework."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from study.errors import StudyError

Array = npt.NDArray[Any]
KINDS = ("Conv2D", "Dense")


def pruned_layers(layers: Iterable[tuple[str, str]]) -> set[str]:
    """Names of the layers whose kernels are pruned: every Conv2D and Dense, the first Conv2D apart.

    That one reads the image: a few hundred weights, 0.01 to 0.04 % of the five networks, that all others live on. Zhu &
    Gupta 2017 (arXiv 1710.01878, section 4.2) and Elsen et al. 2020 (arXiv 1911.09723) leave it dense too.

    Args:
        layers: (name, kind) in the order of the network.
    """
    found = [(name, kind) for name, kind in layers if kind in KINDS]
    stem = next((name for name, kind in found if kind == "Conv2D"), None)
    return {name for name, _ in found} - {stem}




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
