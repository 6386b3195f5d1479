"""From Keras models to one .tflite file: a signature a level, each with a fixed batch of one."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from study.arrays import Array
from study.data.augment import normalise
from study.tflite.signature import SERVING_DEFAULT

Configure = Callable[[tf.lite.TFLiteConverter], None]
Levels = Mapping[str, tf_keras.Model]
"""Signature -> network, the widest first; of an ordinary file `SERVING_DEFAULT` alone."""


def convert_with(model: tf_keras.Model, configure: Configure) -> bytes:
    """Convert one network, as the only level of its file, after `configure` has set the converter's options."""
    return convert_levels({SERVING_DEFAULT: model}, configure)


def convert_levels(levels: Levels, configure: Configure) -> bytes:
    """Convert networks to one file; each takes `image` and gives `logits`.

    The batch is fixed to 1: a dynamic one keeps XNNPACK off in tflite-runtime 2.14 (three times slower). The
    way over a SavedModel takes seconds where from_keras_model takes half a minute for int8; the module holds
    the inference functions alone, since saving a Keras model would trace every layer of it.
    """
    module = tf.Module()
    module.weights = [variable for model in levels.values() for variable in model.variables]
    signatures = {key: _inference(model) for key, model in levels.items()}
    for number, function in enumerate(signatures.values()):
        setattr(module, f"infer_{number}" if number else "infer", function)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(levels))
        configure(converter)
        return bytes(converter.convert())


def representative(levels: Levels, calibration: Array) -> Callable[[], Iterator[Any]]:
    """Feed calibration images (uint8 [N, H, W, 3]) one by one to each level, in the range that they were trained on."""

    def images() -> Iterator[Any]:
        for image in calibration:
            given = np.ascontiguousarray(normalise(image[None]))
            for signature in levels:
                yield [given] if len(levels) == 1 else (signature, {"image": given})

    return images


def _inference(model: tf_keras.Model) -> Any:
    return tf.function(
        lambda image: {"logits": model(image, training=False)},
        input_signature=[tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="image")],
    )
