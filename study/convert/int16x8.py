"""16-bit activations, 8-bit weights, float in and out: near float accuracy at the size of int8.

Both symmetric (TensorFlow's 16x8 quantization). XNNPACK has no such kernels: it runs in the built-in ones, slowly.
"""

import tensorflow as tf
import tf_keras

from study.arrays import Array
from study.convert.signatures import convert_with, representative
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: Array, validation: Examples) -> bytes:
    """Convert `model`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative(calibration)
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        ]

    return convert_with(model, configure)
