"""16-bit activations, 8-bit weights, float in and out: near float accuracy at the size of int8.

Both symmetric (TensorFlow's 16x8 quantization). XNNPACK has no such kernels: it runs in the built-in ones, slowly.
"""

import tensorflow as tf

from study.arrays import Array
from study.convert.signatures import Levels, convert_levels, representative
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative(levels, calibration)
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        ]

    return convert_levels(levels, configure)
