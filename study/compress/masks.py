"""Which layers are pruned and which weights are kept: names and arrays, free of any framework."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.arrays import Array, Bools
from study.errors import StudyError

KINDS = ("Conv2D", "Dense")
SMALL = 1 / 500
"""Share of the weights of all these kernels below which one of them stays dense."""


@dataclass(frozen=True)
class Kernel:
    """A layer that might be pruned: its name, its kind (the name of its class), how many weights its kernel has."""

    layer: str
    kind: str
    weights: int


def kernels(layers: Iterable[Any]) -> list[Kernel]:
    """The convolutions and dense layers among the layers of a Keras model, in its order."""
    return [
        Kernel(layer.name, type(layer).__name__, int(np.prod(layer.kernel.shape)))
        for layer in layers
        if type(layer).__name__ in KINDS
    ]


def pruned_layers(found: Sequence[Kernel]) -> set[str]:
    """Names of the layers whose kernels are pruned: all but the first convolution and those that are small.

    A small kernel is one of less than a five-hundredth of the weights. Layers and squeeze-and-excite of the first
    blocks are such: together 0.1 to 1.2 % of the five networks, and every image passes through them. Zhu & Gupta 2017
    (arXiv 1710.01878, section 4.2) and Elsen et al. 2020 (arXiv 1911.09723) leave the first convolution dense; Evci et
    al. 2020 (arXiv 1911.11134, section 3) thin small layers less than large ones.
    """
    least = SMALL * sum(kernel.weights for kernel in found)
    stem = next((kernel for kernel in found if kernel.kind == "Conv2D"), None)
    return {kernel.layer for kernel in found if kernel is not stem and kernel.weights >= least}


def magnitude_mask(weights: Array, sparsity: float) -> Bools:
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
