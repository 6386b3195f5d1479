"""What tests of quantization share: images whose ranges carry over, and TensorFlow's own int8."""

from typing import Any

import numpy as np


def smooth_images(count: int) -> np.ndarray:
    """Random images of 16x16 pixels, so smooth that 40 of them tell the ranges of others."""
    coarse = np.random.default_rng(7).integers(0, 256, (count, 4, 4, 3))
    return np.kron(coarse, np.ones((1, 4, 4, 1))).astype(np.uint8)


def in_one_go(model: Any, calibration: np.ndarray) -> bytes:
    """Plain int8 as TensorFlow's converter makes it: calibrated and quantized at once. Imports TensorFlow."""
    import tensorflow as tf

    from study.convert.signatures import convert_with, representative

    def configure(converter: Any) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative({"": model}, calibration)

    return convert_with(model, configure)
