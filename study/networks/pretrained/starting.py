"""A network of the study that starts from weights of the same architecture; what they do not cover stays fresh.

The study's images are in [-1, 1]. So are those of Keras' MobileNets. Its EfficientNet takes 0 to 255 and has layers
of its own in front: z = (p / 255 - mean) / sqrt(variance) and, with ImageNet's weights, another division by the root of
the deviation. That is affine in each channel, z = a x + b of x = p / 127.5 - 1, and the first convolution and the batch
normalisation behind it take it over: the kernel is multiplied by a, and what b adds is taken off the moving mean. Exact
but for the border of the stem's output: there the convolution sees zeros, once of z and now of x, which is a grey of
127.5 in place of ImageNet's mean colour. No kernel and no statistics of a layer that pads with zeros can mend that.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.arrays import Array
from study.errors import StudyError
from study.networks.pretrained.reading import Stored

HEADS = {
    "mobilenet": ("conv_preds",),
    "mobilenet_v2": ("predictions",),
    "mobilenet_v3_large": ("Conv_2", "Logits"),
    "mobilenet_v3_small": ("Conv_2", "Logits"),
    "efficientnet_b0": ("predictions",),
}
"""Family -> layers behind those that Keras publishes: they start fresh."""

STEM = {"efficientnet_b0": ("stem_conv", "stem_bn")}
"""Family that Keras gives layers of preprocessing with weights -> its first convolution and batch normalisation."""

DEVIATION = (0.229, 0.224, 0.225)
"""`IMAGENET_STDDEV_RGB` of tf_keras.applications.efficientnet."""


@dataclass(frozen=True)
class Affine:
    """In front of a network: z = scale x + offset, one each a channel, of x in [-1, 1]."""

    scale: Array
    offset: Array


def kinds(model: Any, family: str) -> list[str]:
    """Class names of the layers of a network, in its order, with the preprocessing that Keras gives the family."""
    own = [type(layer).__name__ for layer in model.layers]
    return [own[0], "Rescaling", "Normalization", *own[1:]] if family in STEM else own


def start(model: Any, family: str, stored: Sequence[Stored], imagenet: bool, where: str) -> list[str]:
    """Set the weights of `model` from the layers of a file, in order; returns the names of those that stay fresh.

    Args:
        model: one that `build` of the family made, of any image size, stride and padding.
        family: key of HEADS.
        stored: layers with weights; what follows the body, a classifier, is left alone.
        imagenet: the file is Keras' own, which asks for another division in EfficientNet.
        where: the file, for messages.

    Raises:
        StudyError: a layer does not fit; the first one is named.
    """
    affine, rest = _preprocessing(family, stored, imagenet)
    body, fresh = _parts(model, family)
    for layer, held in zip(body, rest, strict=False):
        _fit(layer.name, [tuple(weight.shape) for weight in layer.weights], held, where)
    if len(rest) < len(body):
        raise StudyError(f"{where} ends before layer {body[len(rest)].name}: it is of another architecture")
    if len(rest) > len(body) + len(HEADS[family]):
        raise StudyError(f"{where} has {len(rest)} layers with weights, a {family} {len(body)} and a classifier")
    for layer, held in zip(body, rest, strict=False):
        layer.set_weights(held.arrays)
    if affine:
        _fold(model, *STEM[family], affine)
    return fresh


def start_from_own(model: Any, family: str, arrays: Mapping[str, Array], where: str) -> list[str]:
    """The same from the weights file of a network of this study, by the names of its weights.

    Raises:
        StudyError: as `start`.
    """
    body, fresh = _parts(model, family)
    known = {weight.name for layer in model.layers for weight in layer.weights}
    for layer in body:
        for weight in layer.weights:
            if weight.name not in arrays:
                raise StudyError(f"{where} has no {weight.name}: layer {layer.name} does not fit")
            if arrays[weight.name].shape != tuple(weight.shape):
                raise StudyError(
                    f"{where}: layer {layer.name} does not fit: {weight.name} is {_shown([arrays[weight.name].shape])} "
                    f"there, {_shown([tuple(weight.shape)])} here"
                )
    if surplus := next((name for name in arrays if name not in known), None):
        raise StudyError(f"{where} holds {surplus}, which a {family} does not have")
    for layer in body:
        for weight in layer.weights:
            weight.assign(arrays[weight.name])
    return fresh


def _parts(model: Any, family: str) -> tuple[list[Any], list[str]]:
    """The layers of the body that have weights, and the names of those behind it, which stay fresh."""
    learned = [layer for layer in model.layers if layer.weights]
    body = [layer for layer in learned if layer.name not in HEADS[family]]
    return body, [layer.name for layer in learned if layer.name in HEADS[family]]


def _preprocessing(family: str, stored: Sequence[Stored], imagenet: bool) -> tuple[Affine | None, Sequence[Stored]]:
    """The affine map of a file's Normalization, and the layers behind it."""
    first = [np.asarray(one) for one in stored[0].arrays]
    if family not in STEM or [one.size for one in first] not in ([3, 3, 1], [3, 3]):
        return None, stored
    mean, variance = (one.astype(np.float64).reshape(3) for one in first[:2])
    more = np.sqrt(np.asarray(DEVIATION)) if imagenet else 1.0
    slope = 1 / (np.maximum(np.sqrt(variance), 1e-7) * more)  # as the Normalization layer bounds it
    return Affine(slope / 2, (0.5 - mean) * slope), stored[1:]


def _fold(model: Any, convolution: str, norm: str, affine: Affine) -> None:
    kernel, *_ = model.get_layer(convolution).get_weights()
    wide = kernel.astype(np.float64)
    gamma, beta, mean, variance = model.get_layer(norm).get_weights()
    added = np.einsum("hwio,i->o", wide, affine.offset)
    model.get_layer(convolution).set_weights([(wide * affine.scale[:, None]).astype(np.float32)])
    model.get_layer(norm).set_weights([gamma, beta, (mean - added).astype(np.float32), variance])


def _fit(name: str, wanted: Sequence[tuple[int, ...]], held: Stored, where: str) -> None:
    found = [array.shape for array in held.arrays]
    if found != list(wanted):
        raise StudyError(
            f"{where}: layer {name} does not fit: the file's {held.name} holds {_shown(found)}, and here it takes "
            f"{_shown(wanted)}"
        )
    if not all(math.isfinite(float(np.abs(array).max(initial=0.0))) for array in held.arrays):
        raise StudyError(f"{where}: layer {held.name} holds values that are not finite")


def _shown(shapes: Iterable[tuple[int, ...]]) -> str:
    return " and ".join("x".join(map(str, shape)) or "one number" for shape in shapes)
