"""A nearly dead layer must not make an int8 file that XNNPACK refuses; other files stay as TensorFlow makes them."""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from quantized import in_one_go, smooth_images

from pipelines import predict  # sets TensorFlow's environment
from study.convert import SCHEMES
from study.data.examples import Examples
from study.registry import load
from study.tflite.parse import Graph, parse
from study.tflite.signature import SERVING_DEFAULT

CHILD = "TENSORFLOW_CHECKS" in os.environ
if CHILD:
    import tf_keras
    from ai_edge_litert.interpreter import Interpreter
    from tf_keras import layers

    from study.convert import int8
    from study.convert.calibration import calibrate
    from study.convert.requantization import LIMIT, widened
    from study.data.augment import normalise
    from study.networks.setup import prepare

    prepare(seed=0, threads=1)

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
ALIVE, DEAD = 1.0, 3e-7
INTEGER = sorted(scheme for scheme in SCHEMES if scheme.startswith("int8"))


def test_in_a_process_of_its_own(checks: "subprocess.CompletedProcess[str]") -> None:
    assert checks.returncode == 0, checks.stdout + checks.stderr


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
    found: bytes = load(SCHEMES, scheme, "convert")(model, images()[:40], held_out)
    return found


def check_what_tensorflow_makes_of_a_dead_layer_is_refused() -> None:
    tflite = in_one_go(network(DEAD), images()[:40])
    assert max(factors(tflite)) >= LIMIT
    with pytest.raises(RuntimeError, match="failed to prepare"):
        Interpreter(model_content=tflite).allocate_tensors()


@pytest.mark.parametrize("scheme", INTEGER)
def check_every_integer_scheme_makes_a_file_that_runs(scheme: str, tmp_path: Path) -> None:
    model = network(DEAD)
    tflite = converted(model, scheme)
    assert max(factors(tflite)) < LIMIT
    Interpreter(model_content=tflite).allocate_tensors()
    if scheme != "int8_full":
        (tmp_path / "model.tflite").write_bytes(tflite)
        np.savez(tmp_path / "images.npz", images=images(), labels=np.zeros(len(images()), np.int64))
        paths = str(tmp_path / "model.tflite"), str(tmp_path / "images.npz")
        found = predict.run(*paths, "ai_edge_litert", 1, 64, "-1,1")["logits"]
        exact = model(normalise(images())).numpy()
        assert np.sqrt(np.square(found - exact).mean()) / exact.std() < 0.1


def check_a_layer_without_any_output_is_no_trouble() -> None:
    tflite = converted(network(-1.0), "int8")
    assert max(factors(tflite)) < LIMIT
    Interpreter(model_content=tflite).allocate_tensors()


def check_other_files_are_left_as_they_are() -> None:
    calibrated = calibrate(network(ALIVE), images()[:40])
    assert widened(calibrated) is calibrated


def check_int8_is_what_the_converter_makes_in_one_go() -> None:
    model, calibration = network(ALIVE), images()[:40]
    own, other = (
        parse(tflite).graph(SERVING_DEFAULT)
        for tflite in (int8.convert(model, calibration, None), in_one_go(model, calibration))
    )
    assert content(own) == content(other)


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
