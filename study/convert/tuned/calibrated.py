"""What a calibrated network tells: ranges of least error, its operators, its logits.

A layer is one operator of the float file, named by its output tensor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from study.arrays import Array
from study.convert.requantization import widened
from study.convert.tuned.ranges import hard_swish, least_error, swish, unchanged
from study.data.augment import normalise
from study.tflite.edit import only, pack, unpack

SAMPLE = 600
"""Values of an activation that a range is judged by, at most, an image."""

RANGE_IMAGES = 100
"""Calibration images that ranges are judged by, at most."""

FUNCTIONS = {("HARD_SWISH",): hard_swish, ("LOGISTIC", "MUL"): swish}
"""Operators that read an activation -> the function that they compute of it."""


@dataclass(frozen=True)
class Operator:
    """One operator of the float file: name of its output tensor, kind such as CONV_2D, elements of its constants."""

    name: str
    kind: str
    weights: int


def with_least_error(calibrated: bytes, images: Array) -> bytes:
    """Replace the ranges by those of least error over `images` (uint8 [N, H, W, 3]).

    The logits' own range too: an image whose logits reach 960, where others stay below 10, would leave these two
    levels. Ranges that then are too narrow for XNNPACK are widened, see requantization.py.
    """
    model = unpack(calibrated)
    for number, graph in enumerate(model.subgraphs):
        alone = calibrated if len(model.subgraphs) == 1 else pack(only(model, number))
        functions = _functions(_nodes(_interpreter(alone)))
        for index, values in _activations(alone, images[:RANGE_IMAGES]).items():
            found = graph.tensors[index].quantization
            if found is not None and found.min is not None and len(found.min) == 1:
                low, high = least_error(values, functions.get(index, unchanged))
                found.min, found.max = [low], [high]
    return widened(pack(model))


def _functions(nodes: list[dict[str, Any]]) -> dict[int, Callable[[Array], Array]]:
    """Activations that nothing but an activation function reads, x sigmoid(x) in its two operators included."""
    readers: dict[int, list[str]] = {}
    for node in nodes:
        for index in node["inputs"]:
            readers.setdefault(int(index), []).append(node["op_name"])
    return {index: FUNCTIONS[key] for index, names in readers.items() if (key := tuple(sorted(names))) in FUNCTIONS}


def operators(calibrated: bytes) -> list[Operator]:
    """The operators of the file in the order of execution."""
    interpreter = _interpreter(calibrated)
    tensors = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    made = {index for node in _nodes(interpreter) for index in node["outputs"]}
    made.update(entry["index"] for entry in interpreter.get_input_details())
    return [
        Operator(
            tensors[node["outputs"][0]]["name"],
            node["op_name"],
            sum(int(np.prod(tensors[i]["shape"])) for i in node["inputs"] if i >= 0 and i not in made),
        )
        for node in _nodes(interpreter)
    ]


def logits(tflite: bytes, images: Array) -> Array:
    """Logits [N, classes] of uint8 images [N, H, W, 3], one by one on one thread."""
    interpreter = _interpreter(tflite)
    interpreter.allocate_tensors()
    (output,) = interpreter.get_output_details()
    found = np.empty((len(images), output["shape"][-1]), np.float32)
    for number, image in enumerate(images):
        _invoke(interpreter, image)
        found[number] = interpreter.get_tensor(output["index"])[0]
    return found


def _activations(tflite: bytes, images: Array) -> dict[int, Array]:
    """A sample of every float activation, [images, elements], drawn anew for each image.

    Not every k-th value: where k and the number of channels share a factor, that would leave channels out.
    """
    rng = np.random.default_rng(0)
    interpreter = _interpreter(
        tflite,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    floats = {tensor["index"] for tensor in interpreter.get_tensor_details() if tensor["dtype"] == np.float32}
    made = [index for node in _nodes(interpreter) for index in node["outputs"] if index in floats]
    seen: dict[int, list[Array]] = {index: [] for index in made}
    for image in images:
        _invoke(interpreter, image)
        for index, parts in seen.items():
            values = interpreter.get_tensor(index).ravel()
            parts.append(values if len(values) <= SAMPLE else rng.choice(values, SAMPLE, replace=False))
    return {index: np.stack(parts) for index, parts in seen.items()}


def _nodes(interpreter: tf.lite.Interpreter) -> list[dict[str, Any]]:
    return [node for node in interpreter._get_ops_details() if node["op_name"] != "DELEGATE"]


def _invoke(interpreter: tf.lite.Interpreter, image: Array) -> None:
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], normalise(image[None]))
    interpreter.invoke()


def _interpreter(tflite: bytes, **options: Any) -> tf.lite.Interpreter:
    return tf.lite.Interpreter(model_content=tflite, num_threads=1, **options)
