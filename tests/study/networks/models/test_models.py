"""The networks."""

import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras

from benchmarks import without_avx
from study.convert import float32, float32_sparse
from study.errors import StudyError
from study.networks.models import ARCHITECTURES
from study.registry import load
from study.tflite.parse import parse
from study.tflite.signature import SERVING_DEFAULT
from study.tflite.sparse_inference import failed_rules

pytestmark = pytest.mark.tf


PARAMETERS = {
    "mobilenet": 3_239_114,
    "mobilenet_v2": 2_270_794,
    "mobilenet_v3_large": 4_239_242,
    "mobilenet_v3_small": 1_540_218,
    "efficientnet_b0": 4_062_381 - 7,  # without the statistics of the input Normalization
    "alexnet": 3_247_306,
}
"""With 10 classes; all but AlexNet as keras.applications counts them."""
SPARSE_READY = {"mobilenet": "conv1", "mobilenet_v2": "Conv1"}
"""Family that has the option -> its stem."""

FAMILIES = pytest.mark.parametrize("family", sorted(PARAMETERS))


def test_every_family_has_its_line() -> None:
    assert {name for name, family in ARCHITECTURES.items() if not family.brought} == set(PARAMETERS)


def build(family: str, stem_stride: int = 2, alpha: float = 1.0, **options: bool) -> Any:
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(3)
    return load(ARCHITECTURES, family, "build")(10, (32, 32, 3), stem_stride, alpha, **options)


@cache
def built(family: str, alpha: float = 1.0) -> Any:
    """To look at, not to change."""
    return build(family, alpha=alpha)


def final_resolution(model: Any) -> tuple[int, int]:
    pools = [layer for layer in model.layers if isinstance(layer, tf_keras.layers.GlobalAveragePooling2D)]
    shape = pools[-1].input_shape if pools else model.get_layer("conv5_pool").output_shape
    height, width = shape[1:3]
    return height, width


@FAMILIES
def test_the_table(family: str) -> None:
    model = built(family)
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


def test_alpha_makes_a_network_narrower() -> None:
    assert built("mobilenet", alpha=0.5).count_params() < 0.3 * PARAMETERS["mobilenet"]


def test_alexnet_by_hand() -> None:
    convolutions = [(5, 3, 64), (5, 64, 192), (3, 192, 384), (3, 384, 256), (3, 256, 256)]
    dense = [(2 * 2 * 256, 512), (512, 512), (512, 10)]
    kernels = sum(size**2 * given * made for size, given, made in convolutions) + sum(map(math.prod, dense))
    assert PARAMETERS["alexnet"] == kernels + 4 * sum(made for *_, made in convolutions) + sum(
        made for _, made in dense
    )


@pytest.mark.parametrize("stem_stride", [1, 2])
@pytest.mark.parametrize("shape", [(32, 32, 3), (33, 40, 3), (48, 32, 3), (64, 96, 3), (224, 224, 3)])
def test_alexnet_has_the_same_weights_for_images_of_any_size(shape: Any, stem_stride: int) -> None:
    model = load(ARCHITECTURES, "alexnet", "build")(10, shape, stem_stride, 0.25)
    assert model.input_shape == (None, *shape)
    assert model.get_layer("dense1").input_shape == (None, 2 * 2 * 64)


def test_alexnet_refuses_images_that_leave_nothing_to_its_dense_layers() -> None:
    with pytest.raises(StudyError, match="alexnet is for images of 32x32 pixels or more, not 32x31"):
        load(ARCHITECTURES, "alexnet", "build")(10, (32, 31, 3))


@pytest.mark.parametrize("stem_stride", [1, 2])
def test_efficientnet_has_no_alpha(stem_stride: int) -> None:
    with pytest.raises(StudyError, match=r"efficientnet_b0 has no alpha \(got 0.5\)"):
        build("efficientnet_b0", stem_stride, alpha=0.5)


@pytest.mark.parametrize("family, stem", SPARSE_READY.items())
@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_sparse_ready_keeps_the_weights_and_pads_evenly(family: str, stem: str, alpha: float) -> None:
    published = {weight.name: np.prod(weight.shape) for weight in built(family, alpha=alpha).weights}
    model = build(family, alpha=alpha, sparse_ready=True)
    assert {weight.name: np.prod(weight.shape) for weight in model.weights} == published
    assert (model.input_shape, model.output_shape) == ((None, 32, 32, 3), (None, 10))
    assert final_resolution(model) == (2, 2)
    paddings = [layer for layer in model.layers if isinstance(layer, tf_keras.layers.ZeroPadding2D)]
    assert {layer.padding for layer in paddings} == {((1, 1), (1, 1))}
    padded = [layer.outbound_nodes[0].layer for layer in paddings]
    assert padded[0] is model.get_layer(stem)
    assert {(layer.padding, layer.kernel_size) for layer in padded} == {("valid", (3, 3))}
    assert [layer.strides for layer in padded] == [*[(2, 2)] * 4, (1, 1)]
    others = [layer for layer in model.layers if getattr(layer, "strides", None) == (2, 2) and layer not in padded]
    assert others == []
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    assert np.isfinite(model(images, training=False).numpy()).all()


@pytest.mark.parametrize("family, alpha", [("mobilenet", 0.25), ("mobilenet_v2", 0.35)])
def test_sparse_ready_keeps_all_rules_of_sparse_inference(family: str, alpha: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    failed = {}
    for ready in (False, True):
        model = build(family, alpha=alpha, sparse_ready=ready)
        for layer in model.layers:
            if type(layer) in (tf_keras.layers.Conv2D, tf_keras.layers.Dense):
                kernel, *rest = layer.get_weights()
                kernel.flat[rng.choice(kernel.size, round(0.9 * kernel.size), replace=False)] = 0
                layer.set_weights([kernel, *rest])
            elif isinstance(layer, tf_keras.layers.BatchNormalization):
                gamma, beta, mean, variance = layer.get_weights()
                layer.set_weights([gamma, rng.normal(0, 0.1, beta.shape), mean, np.full_like(variance, 0.1)])
        converted = float32_sparse.convert({SERVING_DEFAULT: model}, None, None)
        failed[ready] = failed_rules(parse(converted).graph(SERVING_DEFAULT))
    assert failed[True] == []
    if not without_avx.available():
        assert os.environ.get("REQUIRE_EMULATOR") != "1", f"{without_avx.EMULATOR} is missing"
        return
    files = [tmp_path / "dense.tflite", tmp_path / "sparse.tflite"]
    files[0].write_bytes(float32.convert({SERVING_DEFAULT: model}, None, None))
    files[1].write_bytes(converted)
    dense, sparse = (np.array(answer["logits"]) for answer in without_avx.run(files))
    assert np.abs(dense - sparse).max() <= 1e-5 * np.abs(dense).max()
    assert (dense != sparse).any(), "the same bits: XNNPACK did not compute sparsely"
    assert "stem is not a 3x3 stride-2 convolution of 3 channels with padding 1 on each side" in failed[False]
