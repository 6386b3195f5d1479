"""A nearly dead layer must not make an int8 file that XNNPACK refuses; other files stay as TensorFlow makes them."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from quantized import in_one_go, smooth_images
from tf_keras import layers

from pipelines import predict
from study.convert import SCHEMES, int8
from study.convert.calibration import calibrate
from study.convert.requantization import LIMIT, widened
from study.data.augment import normalise
from study.data.examples import Examples
from study.registry import load
from study.tflite.edit import pack, unpack
from study.tflite.parse import Graph, parse
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf


KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
ALIVE, DEAD = 1.0, 3e-7
INTEGER = sorted(scheme for scheme in SCHEMES if scheme.startswith("int8"))


@cache
def images() -> np.ndarray:
    return smooth_images(60)


@cache
def network(reach: float) -> Any:
    """A residual block whose depthwise convolution lets nothing larger than about `reach` through its ReLU6.

    As slimming leaves one: the kernel keeps its size, the bias of the folded normalisation pushes all but a trace of it
    below zero.
    """
    tf_keras.utils.set_random_seed(0)
    image = layers.Input((16, 16, 3))
    stream = layers.ReLU(6.0)(layers.Conv2D(8, 3, 2, "same", name="stem")(image))
    depthwise = layers.DepthwiseConv2D(3, padding="same", name="depthwise")
    x = layers.ReLU(6.0)(depthwise(stream))
    x = layers.Add()([stream, layers.Conv2D(8, 1, name="project")(x)])
    model = tf_keras.Model(image, layers.Dense(10, name="logits")(layers.GlobalAveragePooling2D()(x)))
    for name in ("stem", "project", "logits"):
        bias = model.get_layer(name).bias
        bias.assign(np.random.default_rng(len(name)).normal(0, 0.1, bias.shape))
    before = tf_keras.Model(image, depthwise.output)
    highest = before(normalise(images()[:40])).numpy().max((0, 1, 2))
    kernel, _ = depthwise.get_weights()
    depthwise.set_weights([kernel, reach - highest])
    return model


def factors(tflite: bytes) -> list[float]:
    """The largest factor of every int8 convolution and dense layer."""
    graph, found = parse(tflite).graph(SERVING_DEFAULT), []
    for operator in graph.operators:
        scales = [graph.tensors[index].scales for index in (*operator.inputs[:2], operator.outputs[0])]
        if operator.name in KINDS and all(scale.size for scale in scales):
            found.append(float((scales[0] * scales[1] / scales[2]).max()))
    return found


def converted(model: Any, scheme: str) -> bytes:
    held_out = Examples(images()[40:], np.arange(20) % 10)
    found: bytes = load(SCHEMES, scheme, "convert")({SERVING_DEFAULT: model}, images()[:40], held_out)
    return found


def test_what_tensorflow_makes_of_a_dead_layer_is_refused() -> None:
    tflite = in_one_go(network(DEAD), images()[:40])
    assert max(factors(tflite)) >= LIMIT
    with pytest.raises(RuntimeError, match="failed to prepare"):
        Interpreter(model_content=tflite).allocate_tensors()


@pytest.mark.parametrize("scheme", INTEGER)
def test_every_integer_scheme_makes_a_file_that_runs(scheme: str, tmp_path: Path) -> None:
    model = network(DEAD)
    tflite = converted(model, scheme)
    assert max(factors(tflite)) < LIMIT
    Interpreter(model_content=tflite).allocate_tensors()
    if scheme != "int8_full":
        (tmp_path / "model.tflite").write_bytes(tflite)
        np.savez(tmp_path / "images.npz", images=images(), labels=np.zeros(len(images()), np.int64))
        paths = str(tmp_path / "model.tflite"), str(tmp_path / "images.npz")
        found = predict.run(*paths, "ai_edge_litert", 1, 64)["logits"]
        exact = model(normalise(images())).numpy()
        assert np.sqrt(np.square(found - exact).mean()) / exact.std() < 0.1


def test_a_layer_without_any_output_is_no_trouble() -> None:
    tflite = converted(network(-1.0), "int8")
    assert max(factors(tflite)) < LIMIT
    Interpreter(model_content=tflite).allocate_tensors()


def test_other_files_are_left_as_they_are(as_calibrated: bytes) -> None:
    assert widened(as_calibrated) is as_calibrated


def test_int8_is_what_the_converter_makes_in_one_go() -> None:
    model, calibration = network(ALIVE), images()[:40]
    own, other = (
        parse(tflite).graph(SERVING_DEFAULT)
        for tflite in (int8.convert({SERVING_DEFAULT: model}, calibration, None), in_one_go(model, calibration))
    )
    assert content(own) == content(other)


def with_output(calibrated: bytes, low: float, high: float) -> bytes:
    """The first convolution with an input of one unit, a largest weight of 127, and another range of its output.

    Its factor is then 1 / (high - low), zero in the range.
    """
    model = unpack(calibrated)
    graph = model.subgraphs[0]
    kinds = [model.operatorCodes[operator.opcodeIndex].builtinCode for operator in graph.operators]
    operator = graph.operators[kinds.index(schema.BuiltinOperator.CONV_2D)]
    entry, kernel, leave = (graph.tensors[index] for index in (*operator.inputs[:2], operator.outputs[0]))
    values = np.asarray(model.buffers[kernel.buffer].data, np.uint8).view(np.float32)
    model.buffers[kernel.buffer].data = np.frombuffer((values / np.abs(values).max() * 127).tobytes(), np.uint8)
    entry.quantization.min, entry.quantization.max = [0.0], [1.0]
    leave.quantization.min, leave.quantization.max = [low], [high]
    return pack(model)


def output_range(calibrated: bytes) -> tuple[float, float]:
    model = unpack(calibrated)
    graph = model.subgraphs[0]
    kinds = [model.operatorCodes[operator.opcodeIndex].builtinCode for operator in graph.operators]
    found = graph.tensors[graph.operators[kinds.index(schema.BuiltinOperator.CONV_2D)].outputs[0]].quantization
    return found.min[0], found.max[0]


@pytest.mark.parametrize("factor", [1, 127, 128, 200, 255.9])
def test_a_factor_below_the_limit_is_left(factor: float, as_calibrated: bytes) -> None:
    tflite = with_output(as_calibrated, 0.0, 1 / factor)
    assert widened(tflite) is tflite


@pytest.mark.parametrize("factor", [256, 257, 1e6])
@pytest.mark.parametrize("below, above", [(0, 1), (-1, 0), (-0.25, 0.75)])
def test_from_the_limit_on_a_range_is_widened_to_half_of_it(
    factor: float, below: float, above: float, as_calibrated: bytes
) -> None:
    found = output_range(widened(with_output(as_calibrated, below / factor, above / factor)))
    np.testing.assert_allclose(found, (below / 128, above / 128), rtol=1e-5)


@pytest.mark.parametrize("low, high, wanted", [(2e-5, 3e-5, (0, 1 / 128)), (-3e-5, -2e-5, (-1 / 128, 0))])
def test_a_range_without_zero_is_widened_as_the_one_with_it(
    low: float, high: float, wanted: tuple[float, float], as_calibrated: bytes
) -> None:
    np.testing.assert_allclose(output_range(widened(with_output(as_calibrated, low, high))), wanted, rtol=1e-5)


@pytest.fixture(scope="module")
def as_calibrated() -> bytes:
    return calibrate({SERVING_DEFAULT: network(ALIVE)}, images()[:40])


def content(graph: Graph) -> Any:
    """Operators with their tensors: kinds, shapes, types, scales and values; names and order of storage apart."""
    return [
        (
            operator.name,
            operator.window,
            [
                (
                    tensor.shape,
                    tensor.dtype,
                    tensor.scales.tolist(),
                    tensor.zero_points.tolist(),
                    tensor.values.tolist(),
                )
                for tensor in (graph.tensors[index] for index in (*operator.inputs, *operator.outputs) if index >= 0)
            ],
        )
        for operator in graph.operators
    ]
