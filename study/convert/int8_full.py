"""int8 throughout, input and output included: for targets without floating point."""

import tensorflow as tf
import tf_keras

from study.arrays import Array
from study.convert.calibration import calibrate, quantize
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: Array, validation: Examples) -> bytes:
    """Convert `model`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""
    return quantize(calibrate(model, calibration), input_data_type=tf.int8, output_data_type=tf.int8)
