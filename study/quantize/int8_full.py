"""int8 throughout, input and output included: for targets without floating point."""

from typing import Any

import numpy.typing as npt
import tensorflow as tf
import tf_keras

from study.examples import Examples
from study.quantize.converter import convert_with, representative


def convert(model: tf_keras.Model, calibration: npt.NDArray[Any], validation: Examples) -> bytes:
    """Convert `model`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative(calibration)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8

    return convert_with(model, configure)
