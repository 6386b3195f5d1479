"""32-bit float weights, those of sparse kernels stored as values and positions (TFLite's sparsity encoding).

The file shrinks without a codec, and XNNPACK computes on the sparse weights of the networks that it can handle
(study/tflite/sparse_inference.py says which); the others are densified at load time and computed as ever.
"""

import tensorflow as tf

from study.arrays import Array
from study.convert.signatures import Levels, convert_levels
from study.data.examples import Examples


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`; images are not needed."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.EXPERIMENTAL_SPARSITY]

    return convert_levels(levels, configure)
