"""Write tiny .tflite files that hold much twice into a folder: `python tests/packable.py FOLDER`.

Run in a process of its own, as tests/tiny_models.py. `levels_float32` and `levels_int8` are one network at 25, 50 and
100 % of its hidden channels: kernels of `expand` are the first channels of the widest. `gates_float32` and `gates_int8`
have GATES groups of channels that an IF each leaves out, with zeros in their place.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pipelines  # noqa: F401  sets TensorFlow's environment

# isort: split
import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

from study.convert.signatures import convert_levels

SIZE, CLASSES, HIDDEN, GATES = 16, 4, 64, 6
WIDTHS = {"w25": 16, "w50": 32, "w100": HIDDEN}


class Gate(layers.Layer):
    """A convolution for images that are bright enough in one channel of the input, zeros for others."""

    def __init__(self, name: str, threshold: float) -> None:
        super().__init__(name=name)
        self.threshold = threshold
        self.convolution = layers.Conv2D(16, 1, activation="relu", bias_initializer="random_normal", name=name)

    def build(self, shape: Any) -> None:
        self.convolution.build(shape)
        super().build(shape)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        bright, shape = tf.reduce_mean(x[..., 0]) > self.threshold, (1, *x.shape[1:3], 16)
        return tf.cond(bright, lambda: self.convolution(x), lambda: tf.zeros(shape))


def level(width: int) -> keras.Model:
    """The widest network's first hidden channels."""
    image = layers.Input((SIZE, SIZE, 3), batch_size=1)
    x = layers.Conv2D(16, 3, 2, "same", activation="relu", name="stem")(image)
    x = layers.Conv2D(width, 1, activation="relu", name="expand")(x)
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu", name="depthwise")(x)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(24, 1, name="project")(x))
    model = keras.Model(image, layers.Dense(CLASSES, name="dense")(x))
    rng = np.random.default_rng(5)
    full = {
        "stem": [(3, 3, 3, 16), (16,)],
        "expand": [(1, 1, 16, HIDDEN), (HIDDEN,)],
        "depthwise": [(3, 3, HIDDEN, 1), (HIDDEN,)],
        "project": [(1, 1, HIDDEN, 24), (24,)],
        "dense": [(24, CLASSES), (CLASSES,)],
    }
    for name, shapes in full.items():
        values = [rng.normal(0, 0.3, shape).astype(np.float32) for shape in shapes]
        cuts = [value.shape for value in model.get_layer(name).get_weights()]
        model.get_layer(name).set_weights(
            [value[tuple(map(slice, cut))] for value, cut in zip(values, cuts, strict=True)]
        )
    return model


def gates() -> keras.Model:
    """Stem, gated groups of channels, mean and dense."""
    keras.utils.set_random_seed(0)
    image = layers.Input((SIZE, SIZE, 3), batch_size=1)
    x = layers.Conv2D(8, 3, 2, "same", name="stem")(image)
    groups = [Gate(f"gate{number}", 0.1 * (number - GATES / 2))(x) for number in range(GATES)]
    x = layers.GlobalAveragePooling2D()(layers.Concatenate()(groups))
    return keras.Model(image, layers.Dense(CLASSES, name="dense")(x))


def int8(signatures: list[str]) -> Callable[[tf.lite.TFLiteConverter], None]:
    """Calibrated on random images of different brightness, all signatures alike."""
    rng = np.random.default_rng(1)
    shifts = np.linspace(-0.5, 0.5, 12).reshape(-1, 1, 1, 1, 1)
    images = (shifts + rng.uniform(-0.5, 0.5, (12, 1, SIZE, SIZE, 3))).astype(np.float32)

    def calibration() -> Iterator[tuple[str, dict[str, np.ndarray]]]:
        return ((signature, {"image": image}) for signature in signatures for image in images)

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = calibration

    return configure


def main(folder: Path) -> None:
    networks = {
        "levels": {name: level(width) for name, width in WIDTHS.items()},
        "gates": {"serving_default": gates()},
    }
    for name, signatures in networks.items():
        (folder / f"{name}_float32.tflite").write_bytes(convert_levels(signatures, lambda converter: None))
        (folder / f"{name}_int8.tflite").write_bytes(convert_levels(signatures, int8(list(signatures))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
