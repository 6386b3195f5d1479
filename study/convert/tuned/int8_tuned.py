"""The scheme `int8` with activation ranges of least error, not the smallest and largest value seen (see ranges.py)."""

from typing import Any

import numpy.typing as npt
import tf_keras

from study.convert.calibration import calibrate, quantize
from study.convert.tuned.calibrated import with_least_error
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: npt.NDArray[Any], validation: Examples) -> bytes:
    """Convert `model`, activation ranges searched on `calibration` (uint8 [N, H, W, 3])."""
    return quantize(with_least_error(calibrate(model, calibration), calibration))
