"""The networks of a family in groups, from the plain one and their stored weights."""

from collections.abc import Mapping, Sequence

import tf_keras

from study.arrays import Array
from study.networks.channels.grouped.layout import Structure, layout, name_of
from study.networks.channels.grouped.levels import levels
from study.networks.channels.walk import OPEN
from study.networks.weights import set_arrays
from study.tflite.signature import width_of


def is_grouped(arrays: Mapping[str, Array]) -> bool:
    """Whether stored weights (name -> array) are those of a network that is cut into groups."""
    return any(name.partition("/")[0].endswith("_g1") for name in arrays)


def levels_like(model: tf_keras.Model, stored: Mapping[str, Mapping[str, Array]]) -> dict[str, tf_keras.Model]:
    """Signature -> network with its weights, the widest first, as `levels` makes them.

    A graph is rebuilt from code, never stored: what groups read is in the shapes of the kernels.

    Args:
        model: the plain network.
        stored: signature -> weight name -> array, the widest level first; a level that shares all of that one's weights
            has none here, and shares its layers again.

    Raises:
        StudyError: see `layout`, or the weights belong to another network (see `set_arrays`).
    """
    every = [width_of(signature) for signature in stored]
    widest = next(iter(stored))
    structure = _structure(model, every, stored[widest])
    shared = levels(model, every, structure)
    made = {key: levels(model, every, structure)[key] if stored[key] else shared[key] for key in stored}
    made[widest] = shared[widest]
    for key, arrays in stored.items():
        if arrays:
            set_arrays(made[key], arrays)
    return made


def _structure(model: tf_keras.Model, widths: Sequence[int], arrays: Mapping[str, Array]) -> Structure:
    found = layout(model, widths)
    for step in found.body:
        kernel = arrays.get(f"{name_of(step.name, 2)}/kernel:0")
        if step.kind == OPEN and kernel is not None and found.read(step, 2, "triangular") == (1, 2):
            own = len(found.channels[step.inputs[0]][1])
            return "block_diagonal" if kernel.shape[-2] == own else "triangular"
    return "triangular"  # with nothing between the first layer and the classifier, both are the same
