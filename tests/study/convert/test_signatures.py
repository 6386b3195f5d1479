"""Several networks in one file, a signature each; a single one as the converter always wrote it."""

import numpy as np
import pytest
import tensorflow as tf
from tiny_training import network

from study.convert.signatures import convert_levels, convert_with
from study.tflite.facts import read
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf


def float32(converter: tf.lite.TFLiteConverter) -> None:
    """No options."""


def test_each_network_is_a_level_that_computes_what_it_computes_alone() -> None:
    wide, other = network(), network()
    other.set_weights([0.5 * weight for weight in other.get_weights()])
    tflite = convert_levels({SERVING_DEFAULT: wide, "w50": other}, float32)
    assert list(read(tflite).levels) == [SERVING_DEFAULT, "w50"]
    image = np.random.default_rng(0).uniform(-1, 1, (1, *wide.input_shape[1:])).astype(np.float32)
    interpreter = tf.lite.Interpreter(model_content=tflite)
    interpreter.allocate_tensors()
    answers = {key: interpreter.get_signature_runner(key)(image=image)["logits"] for key in (SERVING_DEFAULT, "w50")}
    for key, model in ((SERVING_DEFAULT, wide), ("w50", other)):
        np.testing.assert_allclose(answers[key], model(image, training=False).numpy(), atol=1e-5)
    assert not np.allclose(answers[SERVING_DEFAULT], answers["w50"])


def test_a_single_network_is_the_usual_signature_and_the_same_bytes_twice() -> None:
    model = network()
    tflite = convert_with(model, float32)
    assert list(read(tflite).levels) == [SERVING_DEFAULT]
    assert tflite == convert_with(model, float32)
