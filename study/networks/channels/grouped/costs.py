"""What a network that is cut into groups costs."""

from math import prod

import tf_keras

from study.networks.channels.costs import Costs


def costs(model: tf_keras.Model) -> Costs:
    """Multiply-accumulates of one image and values of the kernels, counted as in channels/costs.py."""
    macs = weights = 0
    for layer in model.layers:
        size = sum(prod(weight.shape) for weight in layer.weights if "kernel" in weight.name)
        weights += size
        macs += size * prod(layer.output_shape[1:-1]) if size else 0
    return Costs(macs, weights)
