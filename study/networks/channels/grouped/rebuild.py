"""The graphs of a network's levels, from the plain one and the shapes of their stored weights."""

from collections.abc import Mapping, Sequence

import tf_keras

from study.arrays import Array
from study.networks.channels.grouped.layout import Structure, layout, name_of
from study.networks.channels.grouped.levels import levels
from study.networks.channels.walk import OPEN


def is_grouped(arrays: Mapping[str, Array]) -> bool:
    """Whether stored weights (name -> array) are those of a network that is cut into groups."""
    return any(name.partition("/")[0].endswith("_g1") for name in arrays)


def levels_like(model: tf_keras.Model, widths: Sequence[int], arrays: Mapping[str, Array]) -> dict[str, tf_keras.Model]:
    """Signature -> network, the widest first, as `levels` makes them, with fresh weights that all levels share.

    A graph is rebuilt from code, never stored: what groups read is in the shapes of the kernels. Names and shapes that
    belong to another network are left for the caller to find when it sets the weights.

    Args:
        model: the plain network.
        widths: of the levels, in per cent of the channels.
        arrays: weight name -> array, of the widest level.

    Raises:
        StudyError: see `layout`.
    """
    return levels(model, widths, _structure(model, widths, arrays))


def _structure(model: tf_keras.Model, widths: Sequence[int], arrays: Mapping[str, Array]) -> Structure:
    found = layout(model, widths)
    for step in found.body:
        kernel = arrays.get(f"{name_of(step.name, 2)}/kernel:0")
        if step.kind == OPEN and kernel is not None and found.read(step, 2, "triangular") == (1, 2):
            own = len(found.channels[step.inputs[0]][1])
            return "block_diagonal" if kernel.shape[-2] == own else "triangular"
    return "triangular"  # with nothing between the first layer and the classifier, both are the same
