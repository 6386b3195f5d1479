"""What a network of given widths costs: multiply-accumulates and weights of its kernels, without building it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

import tf_keras

from study.networks.channels.groups import channel_groups
from study.networks.channels.walk import FLATTEN, OPEN, Step, steps


@dataclass(frozen=True)
class Costs:
    """Of one image: multiply-accumulates of all kernels, and how many values these hold."""

    macs: int
    weights: int


@dataclass(frozen=True)
class _Layer:
    """A step as numbers. A kernel costs `taps` values for each channel, or pair of channels, at `positions` places."""

    name: str
    group: str
    inputs: tuple[str, ...]
    opens: bool
    repeats: int  # positions that a flattening lays out in a row
    taps: int
    positions: int


def costs_of(model: tf_keras.Model, zero_padding: bool) -> Callable[[Mapping[str, int]], Costs]:
    """Return a function from the channels that groups keep (left out: all) to the costs of the network that is left.

    The same as those of the network that `prune` of surgery.py builds. Biases and batch normalisation, which an
    exported network folds into its kernels, are not counted.

    Raises:
        StudyError: as `channel_groups`.
    """
    groups = channel_groups(model, zero_padding)
    layers = [_layer(step, groups.of[step.name], groups.groups[groups.of[step.name]].width) for step in steps(model)]
    full = {name: group.width for name, group in groups.groups.items()}

    def costs(kept: Mapping[str, int]) -> Costs:
        width: dict[str, int] = {}
        macs = weights = 0
        for layer in layers:
            if layer.opens:
                width[layer.name] = kept.get(layer.group, full[layer.group])
                sources = width[layer.inputs[0]] if layer.inputs else 0
            else:  # a residual sum is as wide as its widest term
                width[layer.name] = layer.repeats * max(width[name] for name in layer.inputs)
                sources = 1
            size = layer.taps * sources * width[layer.name]
            weights += size
            macs += size * layer.positions
        return Costs(macs, weights)

    return costs


def _layer(step: Step, group: str, width: int) -> _Layer:
    layer = step.layer
    taps = positions = 0
    if isinstance(layer, tf_keras.layers.Conv2D | tf_keras.layers.DepthwiseConv2D):
        taps, positions = prod(layer.kernel_size), prod(layer.output_shape[1:3])
    elif isinstance(layer, tf_keras.layers.Dense):
        taps, positions = 1, prod(layer.output_shape[1:-1])
    repeats = step.width // width if step.kind == FLATTEN else 1
    return _Layer(step.name, group, step.inputs, step.kind == OPEN, repeats, taps, positions)
