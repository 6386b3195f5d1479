"""A functional Keras model as a list of steps, each with what it does to channels."""

from collections.abc import Iterator
from dataclasses import dataclass

import tf_keras

from study.errors import StudyError

layers = tf_keras.layers

OPEN, PASS, UNITE, ADD, FLATTEN = "open", "pass", "unite", "add", "flatten"

KINDS: dict[str, type | tuple[type, ...]] = {
    ADD: layers.Add,
    UNITE: layers.Multiply,
    FLATTEN: (layers.Flatten, layers.Reshape),
    PASS: (
        layers.DepthwiseConv2D,
        layers.BatchNormalization,
        layers.Activation,
        layers.ReLU,
        layers.ZeroPadding2D,
        layers.LeakyReLU,
        layers.ELU,
        layers.Cropping2D,
        layers.CenterCrop,
        layers.Resizing,
        layers.UpSampling2D,
        layers.GlobalAveragePooling2D,
        layers.GlobalMaxPooling2D,
        layers.AveragePooling2D,
        layers.MaxPooling2D,
        layers.Dropout,
    ),
    OPEN: (layers.InputLayer, layers.Conv2D, layers.Dense),
}


@dataclass(frozen=True)
class Step:
    """A layer with the names of those it reads.

    `kind` says what happens to channels: a layer opens new ones, passes each on by itself, unites those of its inputs
    (channel k of the result needs channel k of each), adds streams, or lays out the same channels in another shape.
    """

    layer: tf_keras.layers.Layer
    inputs: tuple[str, ...]
    kind: str

    @property
    def name(self) -> str:
        """Of the layer."""
        return str(self.layer.name)

    @property
    def width(self) -> int:
        """Channels of its result: the size of the last axis."""
        shape = self.layer.output_shape
        return int((shape[0] if isinstance(shape, list) else shape)[-1])


def steps(model: tf_keras.Model) -> Iterator[Step]:
    """All layers, each behind those that it reads.

    Raises:
        StudyError: a layer of a kind of which it is not known what it does to channels, or one that is used twice.
    """
    image = set[str]()  # layers that pass on the image's own channels, which nobody cuts
    for layer in model.layers:
        if len(layer.inbound_nodes) != 1:
            raise StudyError(
                f"layer {layer.name} is used {len(layer.inbound_nodes)} times: channels can only be cut "
                "where each layer is used once"
            )
        inputs = tuple(str(tensor.node.layer.name) for tensor in layer.inbound_nodes[0].keras_inputs)
        is_image = isinstance(layer, layers.InputLayer)
        of_image = is_image or image.issuperset(inputs)
        kind = PASS if of_image and isinstance(layer, layers.Rescaling) else _kind(layer, len(inputs))
        if is_image or (of_image and kind == PASS):
            image.add(layer.name)
        yield Step(layer, () if is_image else inputs, kind)


def _kind(layer: tf_keras.layers.Layer, inputs: int) -> str:
    if isinstance(layer, layers.Conv2D) and layer.groups != 1:
        raise StudyError(f"layer {layer.name} is a grouped convolution: its channels cannot be cut")
    if type(layer).__name__ == "TFOpLambda":  # an operation without a layer, such as the + 3 of a hard-swish
        return PASS if inputs == 1 else UNITE
    for kind, types in KINDS.items():
        if isinstance(layer, types):
            return kind
    raise StudyError(
        f"layer {layer.name} is a {type(layer).__name__}, of which it is not known what it does to "
        "channels: leave it out, or add it to study/networks/channels/walk.py"
    )
