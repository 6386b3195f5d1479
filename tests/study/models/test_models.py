"""The five networks. TensorFlow would stay loaded for the other tests: the checks have their own process."""

import os
import subprocess
from typing import Any

import numpy as np
import pytest

import pipelines  # noqa: F401  sets TensorFlow's environment
from study.errors import StudyError
from study.models import ARCHITECTURES
from study.registry import load

CHILD = "TENSORFLOW_CHECKS" in os.environ
if CHILD:
    import tf_keras

PARAMETERS = {
    "mobilenet": 3_239_114,
    "mobilenet_v2": 2_270_794,
    "mobilenet_v3_large": 4_239_242,
    "mobilenet_v3_small": 1_540_218,
    "efficientnet_b0": 4_062_381 - 7,  # without the statistics of the input Normalization
}
"""With 10 classes, as keras.applications counts them."""
FAMILIES = pytest.mark.parametrize("family", sorted(PARAMETERS))


def test_in_a_process_of_its_own(checks: "subprocess.CompletedProcess[str]") -> None:
    assert checks.returncode == 0, checks.stdout + checks.stderr


def test_every_family_has_its_line() -> None:
    assert set(ARCHITECTURES) == set(PARAMETERS)


def build(family: str, stem_stride: int = 2, alpha: float = 1.0) -> Any:
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(3)
    return load(ARCHITECTURES, family, "build")(10, (32, 32, 3), stem_stride, alpha)


def final_resolution(model: Any) -> tuple[int, int]:
    pools = [layer for layer in model.layers if isinstance(layer, tf_keras.layers.GlobalAveragePooling2D)]
    height, width = pools[-1].input_shape[1:3]
    return height, width


@FAMILIES
def check_the_table(family: str) -> None:
    model = build(family)
    assert model.count_params() == PARAMETERS[family]
    assert (model.input_shape, model.output_shape) == ((None, 32, 32, 3), (None, 10))
    kinds = (tf_keras.layers.Rescaling, tf_keras.layers.Normalization, tf_keras.layers.Softmax)
    for layer in model.submodules:
        assert not isinstance(layer, kinds), layer.name
        assert getattr(getattr(layer, "activation", None), "__name__", "") != "softmax", layer.name
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    logits = model(images, training=False).numpy()
    assert logits.shape == (2, 10) and np.isfinite(logits).all()

    again = build(family)
    for weight, other in zip(model.weights, again.weights, strict=True):
        assert weight.name == other.name
        assert weight.numpy().tobytes() == other.numpy().tobytes(), weight.name

    fine = build(family, stem_stride=1)
    assert {w.name: w.shape for w in fine.weights} == {w.name: w.shape for w in model.weights}
    assert fine.input_shape == model.input_shape and fine.output_shape == model.output_shape
    assert final_resolution(fine) == tuple(2 * size for size in final_resolution(model))
    assert fine(images, training=False).shape == (2, 10)


def check_alpha_makes_a_network_narrower() -> None:
    assert build("mobilenet", alpha=0.5).count_params() < 0.3 * PARAMETERS["mobilenet"]


@pytest.mark.parametrize("stem_stride", [1, 2])
def check_efficientnet_has_no_alpha(stem_stride: int) -> None:
    with pytest.raises(StudyError, match=r"efficientnet_b0 has no alpha \(got 0.5\)"):
        build("efficientnet_b0", stem_stride, alpha=0.5)
