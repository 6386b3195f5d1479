"""The scheme `int8` with one scale for each whole kernel: what per-channel scales are worth is the difference."""

import tf_keras

from study.arrays import Array
from study.convert.calibration import calibrate, quantize
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: Array, validation: Examples) -> bytes:
    """Convert `model`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""
    return quantize(calibrate(model, calibration), disable_per_channel=True)
