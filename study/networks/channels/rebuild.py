"""The graph of a network whose channels were cut, from the full one and the widths of its stored weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tf_keras

from study.networks.channels.groups import channel_groups
from study.networks.channels.surgery import prune


def as_wide_as(model: tf_keras.Model, arrays: Mapping[str, Any]) -> tf_keras.Model:
    """`model` itself, or a narrower one where the kernels in `arrays` (weight name -> array) have fewer channels.

    A graph is rebuilt from code, never stored; which channels stayed is in the weights, so their number is enough.
    Names and shapes that belong to another network are left for the caller to find when it sets the weights.
    """
    found = {name: arrays.get(f"{name}/kernel:0") for name in (layer.name for layer in model.layers)}
    widths = {name: kernel.shape[-1] for name, kernel in found.items() if kernel is not None and kernel.ndim > 1}
    if all(
        widths.get(layer.name, layer.output_shape[-1]) == layer.output_shape[-1]
        for layer in model.layers
        if isinstance(layer, (tf_keras.layers.Conv2D, tf_keras.layers.Dense))
    ):
        return model
    keep = {
        name: np.arange(widths[name])
        for name, group in channel_groups(model, zero_padding=True).prunable.items()
        if widths.get(name, group.width) < group.width
    }
    return prune(model, keep)
