"""AlexNet for small images: five convolutions and three dense layers, as the network of Xun et al. (2021).

Widths are those of torchvision.models.alexnet, after the single column of Krizhevsky (2014, arXiv 1404.5997). Xun et
al. (arXiv 2105.03600) say no more than that they modified AlexNet for CIFAR-10. Here, for 32x32 pixels: a stem of 5x5
at a stride of 2 in place of 11x11 at 4; batch normalisation behind each convolution, without which it hardly trains in
this study's recipe; 2x2 positions in place of 6x6 reach the dense layers, and these have 512 outputs in place of 4096,
which leaves 3.2 of 57 million parameters.
"""

from typing import Any

import tf_keras
from tf_keras import layers

from study.errors import StudyError
from study.networks.models.rewrite import Shape

CONVOLUTIONS = ((64, 5, True), (192, 5, True), (384, 3, False), (256, 3, False), (256, 3, True))
"""Channels, kernel size, and whether a pooling follows."""

DENSE = 512
DROPOUT = 0.2
POSITIONS = 2
"""Of each dimension, that the dense layers see of an image of any size."""


def build(classes: int, input_shape: Shape, stem_stride: int = 2, alpha: float = 1.0) -> tf_keras.Model:
    """Images [N, H, W, 3] in [-1, 1] -> logits [N, classes].

    Raises:
        StudyError: images smaller than 32x32.
    """
    if min(input_shape[:2]) < 32:
        raise StudyError(f"alexnet is for images of 32x32 pixels or more, not {input_shape[0]}x{input_shape[1]}")
    image = x = layers.Input(input_shape)
    for number, (channels, size, pooled) in enumerate(CONVOLUTIONS, start=1):
        stride = stem_stride if number == 1 else 1
        name = f"conv{number}"
        x = layers.Conv2D(_width(channels, alpha), size, stride, "same", use_bias=False, name=name)(x)
        x = layers.ReLU(name=f"{name}_relu")(layers.BatchNormalization(name=f"{name}_bn")(x))
        if pooled:
            x = layers.MaxPooling2D(3, 2, "same", name=f"{name}_pool")(x)
    x = layers.Flatten(name="flatten")(_fitted(x))
    for name in ("dense1", "dense2"):
        x = layers.Dropout(DROPOUT, name=f"{name}_dropout")(x)
        x = layers.Dense(_width(DENSE, alpha), activation="relu", name=name)(x)
    return tf_keras.Model(image, layers.Dense(classes, name="logits")(x), name="alexnet")


def _width(channels: int, alpha: float) -> int:
    return max(8, round(channels * alpha / 8) * 8)


def _fitted(x: Any) -> Any:
    """Average neighbouring positions until 2x2 are left, so that the dense layers have the same weights everywhere."""
    steps = [size // POSITIONS for size in x.shape[1:3]]
    windows = [size - step * (POSITIONS - 1) for size, step in zip(x.shape[1:3], steps, strict=True)]
    return layers.AveragePooling2D(windows, steps, name="positions")(x) if windows != [1, 1] else x
