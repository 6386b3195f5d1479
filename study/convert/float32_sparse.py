"""32-bit float weights, those of sparse kernels stored as values and positions (TFLite's sparsity encoding).

The file shrinks without a codec, and XNNPACK computes on the sparse weights of the networks that it can handle
(study/tflite/sparse_inference.py says which); the others are densified at load time and computed as ever.
"""

import tensorflow as tf
import tf_keras

from study.arrays import Array
from study.convert.signatures import convert_with
from study.data.examples import Examples


def convert(model: tf_keras.Model, calibration: Array, validation: Examples) -> bytes:
    """Convert `model`; images are not needed."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.EXPERIMENTAL_SPARSITY]

    return convert_with(model, configure)
