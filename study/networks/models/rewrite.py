"""Rebuild a functional Keras model with changed layers: a stem that keeps resolution, layers left out or added.

The published networks are taken as they are from keras.applications; what the study needs otherwise is
written as a change to the model's configuration, so that weights and layer names stay theirs.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import tf_keras

Shape = tuple[int, int, int]


def with_stem(build: Callable[[Shape], tf_keras.Model], stem: str, input_shape: Shape, stride: int) -> tf_keras.Model:
    """Return `build(input_shape)`, its stem convolution at `stride` 2 (as published) or 1.

    A stride of 1 at 32x32 gives every later layer the resolution that it has at 64x64 as published: same
    weights, about three times the compute. So the network is built at twice the size, where its explicit
    paddings are the right ones, and only the stem and the input are changed.
    """
    if stride == 2:
        return build(input_shape)
    height, width, channels = input_shape
    published = build((2 * height, 2 * width, channels))
    changes: dict[str, dict[str, Any]] = {
        published.input_names[0]: {"batch_input_shape": (None, *input_shape)},
        stem: {"strides": (1, 1)},
    }
    padding = f"{stem}_pad"  # EfficientNet pads its stem explicitly, for a stride of 2
    if padding in {layer.name for layer in published.layers}:
        changes[padding] = {"padding": ((1, 1), (1, 1))}
    return rewrite(published, changes)


def with_symmetric_padding(model: tf_keras.Model, stem: str) -> tf_keras.Model:
    """Rebuild a MobileNet or MobileNetV2 so that XNNPACK can compute on its sparse weights: other paddings.

    XNNPACK's sparse inference (Elsen et al. 2019, arXiv 1911.09723) works on channel-major images, and has kernels
    for a 3x3 stem of stride 2 and for depthwise convolutions with one pixel of zeros on every side; the published
    networks pad one side alone. The last stride of 2 becomes 1, since at 32x32 it would leave single pixels (output
    stride 16), and the pooling keeps its two dimensions of size one. Shapes of weights and layer names stay.
    """
    strided = [
        layer
        for layer in model.layers
        if isinstance(layer, tf_keras.layers.DepthwiseConv2D) and layer.strides == (2, 2)
    ]
    (pooling,) = (layer for layer in model.layers if isinstance(layer, tf_keras.layers.GlobalAveragePooling2D))
    changes: dict[str, dict[str, Any]] = {
        layer.name: {"padding": ((1, 1), (1, 1))}
        for layer in model.layers
        if isinstance(layer, tf_keras.layers.ZeroPadding2D)
    }
    changes |= {stem: {"padding": "valid"}, strided[-1].name: {"strides": (1, 1)}, pooling.name: {"keepdims": True}}
    before = {stem: tf_keras.layers.ZeroPadding2D(1, name=f"{stem}_pad")}
    if not pooling.keepdims:
        before["predictions"] = tf_keras.layers.Flatten(name="flatten")
    return rewrite(model, changes, before=before)


def rewrite(
    model: tf_keras.Model,
    changes: Mapping[str, Mapping[str, Any]],
    without: Collection[str] = (),
    before: Mapping[str, tf_keras.layers.Layer] | None = None,
) -> tf_keras.Model:
    """Rebuild `model` with fresh weights.

    Args:
        model: a functional model.
        changes: layer name -> configuration entries to replace.
        without: names of layers with one input to leave out; their input takes their place.
        before: layer name -> new layer to put in front of it.
    """
    config = model.get_config()
    inputs = {entry["name"]: entry["inbound_nodes"] for entry in config["layers"] if entry["name"] in without}
    config["layers"] = [entry for entry in config["layers"] if entry["name"] not in without]
    for entry in config["layers"]:
        entry["config"].update(changes.get(entry["name"], {}))
        entry["inbound_nodes"] = _bypass(entry["inbound_nodes"], inputs)
    for name, layer in (before or {}).items():
        (entry,) = (entry for entry in config["layers"] if entry["name"] == name)
        added = {"class_name": type(layer).__name__, "config": layer.get_config(), "name": layer.name}
        config["layers"].insert(config["layers"].index(entry), added | {"inbound_nodes": entry["inbound_nodes"]})
        entry["inbound_nodes"] = [[[layer.name, 0, 0, {}]]]
    return tf_keras.Model.from_config(config)


def _bypass(node: Any, inputs: Mapping[str, Any]) -> Any:
    """Replace references [layer, node, tensor, ...] to a left-out layer by that layer's own input."""
    if isinstance(node, dict):
        return {key: _bypass(value, inputs) for key, value in node.items()}
    if not isinstance(node, list | tuple):
        return node
    if len(node) >= 3 and isinstance(node[0], str) and node[0] in inputs:
        source = inputs[node[0]][0][0]
        return _bypass([*source[:3], *node[3:]], inputs)
    return [_bypass(value, inputs) for value in node]
