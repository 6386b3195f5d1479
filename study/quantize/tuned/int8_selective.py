"""The scheme `int8_tuned` with the layers in float that cost most, as few as keep the accuracy (see diagnosis.py)."""

from typing import Any

import numpy.typing as npt
import tf_keras

from study.examples import Examples
from study.quantize.tuned.diagnosis import diagnose


def convert(model: tf_keras.Model, calibration: npt.NDArray[Any], validation: Examples) -> bytes:
    """Convert `model`, ranges taken from `calibration` (uint8 [N, H, W, 3]), accuracy from `validation`."""
    return diagnose(model, calibration, validation)[1]
