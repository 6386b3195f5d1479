"""The scheme `int8` with sparse kernels stored as values and positions: smaller without a codec, not faster."""

from typing import Any

import numpy.typing as npt
import tensorflow as tf
import tf_keras

from study.examples import Examples
from study.quantize.converter import convert_with, representative


def convert(model: tf_keras.Model, calibration: npt.NDArray[Any], validation: Examples) -> bytes:
    """Convert `model`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT, tf.lite.Optimize.EXPERIMENTAL_SPARSITY]
        converter.representative_dataset = representative(calibration)

    return convert_with(model, configure)
