"""Weights stored as 16-bit floats, dequantized once at load time; computation in 32-bit floats on a CPU."""

import tensorflow as tf

from study.arrays import Array
from study.convert.signatures import Levels, convert_levels
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`; images are not needed."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]

    return convert_levels(levels, configure)
