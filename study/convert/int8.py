"""The 2021 study's scheme: int8 weights and activations, float input and output, float where no int8 kernel is.

r = S (q - Z), weights per channel and symmetric, activations per tensor (Jacob et al. 2018, arXiv 1712.05877;
Krishnamoorthi 2018, arXiv 1806.08342).
"""

from study.arrays import Array
from study.convert.calibration import calibrate, quantize
from study.convert.signatures import Levels
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""
    return quantize(calibrate(levels, calibration))
