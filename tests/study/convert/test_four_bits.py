"""Kernels of 4 bits: which, what the file asks for, and which get 8 back."""

import numpy as np
import pytest
import tf_keras
from tf_keras import layers

from study.convert.signatures import convert_with
from study.convert.tuned import int4_selective
from study.convert.tuned.calibrated import logits, operators
from study.convert.tuned.four_bits import FOUR, in_four_bits
from study.data.examples import Examples
from study.errors import StudyError
from study.tflite.facts import Summary, read
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def model() -> tf_keras.Model:
    """Two convolutions; in each channel of the second one weight is so large that 4 bits make the others zero.

    It reads a channel that is always 0, so that all the others decide.
    """
    tf_keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    image = layers.Input((8, 8, 3))
    x = layers.Conv2D(16, 3, 2, activation="relu", name="plain")(image)
    x = layers.Conv2D(64, 1, activation="relu", name="uneven")(x)
    x = layers.Dense(10, name="logits")(layers.GlobalAveragePooling2D()(x))
    network = tf_keras.Model(image, x)
    kernel = rng.normal(0, 0.3, (1, 1, 16, 64))
    kernel[0, 0, 0] = 9.0
    network.get_layer("uneven").set_weights([kernel, rng.normal(0, 0.3, 64)])
    stem, bias = network.get_layer("plain").get_weights()
    stem[..., 0] = 0.0
    network.get_layer("plain").set_weights([stem, bias])
    return network


@pytest.fixture(scope="module")
def whole(model: tf_keras.Model) -> bytes:
    return convert_with(model, lambda converter: None)


def dtypes(summary: Summary) -> list[str]:
    return [weight.dtype for weight in summary.weights if weight.kernel]


def test_a_kernel_that_4_bits_spoil_gets_8_and_one_that_they_do_not_keeps_4(
    model: tf_keras.Model, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int4_selective, "BUDGET", 0.15)  # noise for images: many logits are nearly equal
    labels = logits(whole, IMAGES).argmax(1)
    found = int4_selective.convert({SERVING_DEFAULT: model}, IMAGES, Examples(IMAGES, labels))
    assert dtypes(read(found))[:2] == ["int4", "int8"]
    plain = in_four_bits(whole)
    assert float((logits(plain, IMAGES).argmax(1) == labels).mean()) < 0.85
    assert float((logits(found, IMAGES).argmax(1) == labels).mean()) >= 0.85
    assert len(plain) < len(found) < len(whole)


def test_names_are_taken_as_they_are_written(whole: bytes) -> None:
    kernels = [operator.name for operator in operators(whole) if operator.kind in FOUR]
    assert len(kernels) == 3 and any("/" in name for name in kernels)
    for number, name in enumerate(kernels):
        wanted = ["int8" if at == number else "int4" for at in range(3)]
        assert dtypes(read(in_four_bits(whole, {name}))) == wanted
    assert dtypes(read(in_four_bits(whole, {kernels[0][:-1], ".*"}))) == ["int4"] * 3  # no pattern, and no part of one


def test_the_file_asks_for_the_version_that_reads_its_kernels(whole: bytes) -> None:
    kernels = [operator.name for operator in operators(whole) if operator.kind in FOUR]
    for in_eight, version, runtime in ((set(), 6, "2.18.0"), (kernels[:2], 6, "2.18.0"), (kernels, 5, "2.7.0")):
        found = read(in_four_bits(whole, in_eight))
        assert (found.ops["DEQUANTIZE"], found.min_runtime) == (version, runtime)


def test_equal_files_are_quantized_to_equal_bytes(whole: bytes) -> None:
    assert in_four_bits(whole) == in_four_bits(whole)


def test_several_levels_have_no_selection(model: tf_keras.Model) -> None:
    with pytest.raises(StudyError, match="take int4_weights for several levels"):
        int4_selective.convert({SERVING_DEFAULT: model, "width_50": model}, IMAGES, Examples(IMAGES, np.zeros(64)))
