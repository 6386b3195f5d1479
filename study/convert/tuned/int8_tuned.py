"""The scheme `int8` with activation ranges of least error, not the smallest and largest value seen (see ranges.py)."""

from study.arrays import Array
from study.convert.calibration import calibrate, quantize
from study.convert.signatures import Levels
from study.convert.tuned.calibrated import with_least_error
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`, activation ranges searched on `calibration` (uint8 [N, H, W, 3])."""
    return quantize(with_least_error(calibrate(levels, calibration), calibration))
