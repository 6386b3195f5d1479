"""The scheme `int8_tuned` with the layers in float that cost most, as few as keep the accuracy (see selection.py)."""

from typing import Any

import numpy.typing as npt
import tf_keras

from study.examples import Examples
from study.quantize.calibration import quantize
from study.quantize.tuned.selection import prepare, select


def convert(model: tf_keras.Model, calibration: npt.NDArray[Any], validation: Examples) -> bytes:
    """Convert `model`, ranges taken from `calibration` (uint8 [N, H, W, 3]), accuracy from `validation`."""
    subject = prepare(model, calibration, validation)
    found = select(subject)
    return quantize(subject.ranges, set(found.steps[found.chosen].in_float))
