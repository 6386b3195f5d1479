"""The scheme `int8_tuned` with the layers in float that cost most, as few as keep the accuracy (see selection.py)."""

from study.arrays import Array
from study.convert.calibration import quantize
from study.convert.signatures import Levels
from study.convert.tuned.selection import prepare, select
from study.data.examples import Examples
from study.errors import StudyError


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`, ranges taken from `calibration` (uint8 [N, H, W, 3]), accuracy from `validation`."""
    if len(levels) > 1:
        raise StudyError("int8_selective chooses the layers of one network: take int8_tuned for several levels")
    (model,) = levels.values()
    subject = prepare(model, calibration, validation)
    found = select(subject)
    return quantize(subject.ranges, set(found.steps[found.chosen].in_float))
