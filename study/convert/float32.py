"""No quantization: 32-bit float weights and activations."""

import tf_keras

from study.arrays import Array
from study.convert.signatures import convert_with
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: Array, validation: Examples) -> bytes:
    """Convert `model`; images are not needed."""
    return convert_with(model, lambda converter: None)
