"""No quantization: 32-bit float weights and activations."""

from typing import Any

import numpy.typing as npt
import tf_keras

from study.quantize.converter import convert_with


def convert(model: tf_keras.Model, calibration: npt.NDArray[Any]) -> bytes:
    """Convert `model`; calibration images are not needed."""
    return convert_with(model, lambda converter: None)
