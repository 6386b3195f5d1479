"""Dynamic range: int8 weights, activations quantized on the fly (TensorFlow's post-training dynamic range)."""

import tensorflow as tf

from study.arrays import Array
from study.convert.signatures import Levels, convert_levels
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`; images are not needed."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        # Per-channel dense layers would be FULLY_CONNECTED version 12, which tflite-runtime 2.14 cannot execute.
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True

    return convert_levels(levels, configure)
