"""int4 kernels, computed in float32: a small file without training (four_bits.py says what stays larger)."""

from study.arrays import Array
from study.convert.signatures import Levels, convert_levels
from study.convert.tuned.four_bits import in_four_bits
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`; images are not needed."""
    return in_four_bits(convert_levels(levels, lambda converter: None))
