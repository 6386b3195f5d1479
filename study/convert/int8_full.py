"""int8 throughout, input and output included: for targets without floating point."""

import tensorflow as tf

from study.arrays import Array
from study.convert.calibration import calibrate, quantize
from study.convert.signatures import Levels
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""
    return quantize(calibrate(levels, calibration), input_data_type=tf.int8, output_data_type=tf.int8)
