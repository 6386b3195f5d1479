"""Weights stored as 16-bit floats, dequantized once at load time; computation in 32-bit floats on a CPU."""

import tensorflow as tf
import tf_keras

from study.arrays import Array
from study.convert.signatures import convert_with
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: Array, validation: Examples) -> bytes:
    """Convert `model`; images are not needed."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]

    return convert_with(model, configure)
