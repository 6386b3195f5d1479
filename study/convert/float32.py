"""No quantization: 32-bit float weights and activations."""

from typing import Any

import numpy.typing as npt
import tf_keras

from study.convert.signatures import convert_with
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: npt.NDArray[Any], validation: Examples) -> bytes:
    """Convert `model`; images are not needed."""
    return convert_with(model, lambda converter: None)
