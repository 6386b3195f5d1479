"""From a Keras model to a TFLite converter with a fixed batch of one."""

import tempfile
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf
import tf_keras

from study.arrays import Array
from study.data.augment import normalise


def convert_with(model: tf_keras.Model, configure: Callable[[tf.lite.TFLiteConverter], None]) -> bytes:
    """Convert `model` after `configure` has set the converter's options.

    The batch is fixed to 1: a dynamic one keeps XNNPACK off in tflite-runtime 2.14 (three times slower). The
    way over a SavedModel takes seconds where from_keras_model takes half a minute for int8; the module holds
    the inference function alone, since saving a Keras model would trace every layer of it.
    """
    module = tf.Module()
    module.weights = model.variables
    module.infer = tf.function(
        lambda image: {"logits": model(image, training=False)},
        input_signature=[tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="image")],
    )
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.infer})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        configure(converter)
        return bytes(converter.convert())


def representative(calibration: Array) -> Callable[[], Iterator[list[Array]]]:
    """Feed calibration images (uint8 [N, H, W, 3]) one by one, in the range that the network was trained on."""

    def images() -> Iterator[list[Array]]:
        for image in calibration:
            yield [np.ascontiguousarray(normalise(image[None]))]

    return images
