"""The scheme `int8` with one scale for each whole kernel: what per-channel scales are worth is the difference."""

from study.arrays import Array
from study.convert.calibration import calibrate, quantize
from study.convert.signatures import Levels
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""
    return quantize(calibrate(levels, calibration), disable_per_channel=True)
