"""Weights of a plain network as those that its groups start from."""

from typing import Any

import numpy as np
import tf_keras

from study.arrays import Ints
from study.networks.channels.grouped.layout import Layout, Structure, name_of
from study.networks.channels.walk import OPEN, Step


def start_from(model: tf_keras.Model, found: Layout, structure: Structure, widest: tf_keras.Model) -> None:
    """Give the groups of `widest`, made by levels.py, those weights of `model` that join what they read and make.

    Connections that the structure does not have are lost, so it is another function.
    """
    for step in (*found.body, found.classifier):
        if step.layer.weights:
            for group in range(1, found.groups + 1):
                part = widest.get_layer(name_of(step.name, group))
                part.set_weights(_slices(step, group, found, structure)[: len(part.weights)])


def _slices(step: Step, group: int, found: Layout, structure: Structure) -> list[Any]:
    own: Any = slice(None) if step is found.classifier else found.channels[step.name][group - 1]
    values = step.layer.get_weights()
    if step.kind != OPEN:  # depthwise kernels [H, W, C, 1]; biases and the vectors of a batch normalisation [C]
        return [value[:, :, own] if value.ndim == 4 else value[own] for value in values]
    kernel, *rest = values  # [H, W, C in, C out] of a convolution, [C in, C out] of a dense layer
    return [kernel[..., _source(step, group, found, structure), :][..., own], *(value[own] for value in rest)]


def _source(step: Step, group: int, found: Layout, structure: Structure) -> Ints | slice:
    sources = found.read(step, group, structure)
    return np.concatenate([found.channels[step.inputs[0]][one - 1] for one in sources]) if sources else slice(None)
