"""Calibrate a network once, then quantize it to int8, as often as wanted.

TensorFlow's converter does both in one go; apart, ranges can be looked at and mended in between, and a quantization
takes a quarter of a second instead of ten. Source of the two steps: `QuantizationDebugger` of TensorFlow
(tensorflow/lite/tools/optimize/debugging/python/debugger.py).
"""

from collections.abc import Collection
from typing import Any

import tensorflow as tf
from tensorflow.lite.python.convert import mlir_quantize

from study.arrays import Array
from study.convert.requantization import widened
from study.convert.signatures import Levels, convert_levels, representative


def calibrate(levels: Levels, images: Array) -> bytes:
    """Return a float .tflite that holds the smallest and largest value of every activation.

    Ranges too narrow for XNNPACK are widened, see requantization.py.

    Args:
        levels: the networks of the file.
        images: uint8 [N, H, W, 3].
    """

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative(levels, images)
        converter._experimental_calibrate_only = True

    return widened(convert_levels(levels, configure))


def quantize(calibrated: bytes, in_float: Collection[str] = (), **options: Any) -> bytes:
    """Quantize to int8, with float input and output unless `options` of TensorFlow's `mlir_quantize` say otherwise.

    Operators named in `in_float`, by their output tensors, stay in 32-bit floats.
    """
    return bytes(mlir_quantize(calibrated, denylisted_nodes=sorted(in_float), **options))
