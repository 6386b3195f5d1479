"""The scheme `int8_tuned` with the layers in float that cost most, as few as keep the accuracy (see selection.py)."""

import tf_keras

from study.arrays import Array
from study.convert.calibration import quantize
from study.convert.tuned.selection import prepare, select
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: Array, validation: Examples) -> bytes:
    """Convert `model`, ranges taken from `calibration` (uint8 [N, H, W, 3]), accuracy from `validation`."""
    subject = prepare(model, calibration, validation)
    found = select(subject)
    return quantize(subject.ranges, set(found.steps[found.chosen].in_float))
