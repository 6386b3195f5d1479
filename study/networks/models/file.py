"""A trained network of one's own: its graph travels with its weights, as the configuration of plain Keras layers.

One that cannot be taken apart travels as a TensorFlow graph with constants, to be exported and no more.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from study.arrays import Array
from study.errors import StudyError

OPERATORS = {"__operators__.add", "math.add", "math.subtract", "math.multiply", "math.truediv"}
"""Functions that a graph of layers may name. Any other, or a Lambda layer, might do anything."""
UNSAFE = {"EagerPyFunc", "PyFunc", "PyFuncStateless", "ReadFile", "WriteFile", "SaveV2", "RestoreV2", "MatchingFiles"}
"""Operators that run code or touch files; no classifier has one."""
IMAGE, LOGITS = "image", "logits"


class Frozen:
    """As much of a Keras model as an export asks for: images float32 [N, H, W, 3] in [-1, 1] -> logits [N, classes]."""

    def __init__(self, content: bytes) -> None:
        """From the serialized graph that `freeze` makes.

        Raises:
            StudyError: it is no such graph, or has an operator that could run code or touch files.
        """
        self.content = content
        self.weights: list[Any] = []
        self.variables: list[Any] = []
        self.layers: list[Any] = []
        try:
            graph = tf.compat.v1.GraphDef.FromString(content)
            _check_operators(graph)
            imported = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
            self._function = imported.prune(f"{IMAGE}:0", f"{LOGITS}:0")
        except StudyError:
            raise
        except Exception as error:
            raise StudyError(f"the weights file's graph is damaged ({str(error)[:100]}): make it again") from error
        self.input_shape = tuple(self._function.inputs[0].shape)
        self.output_shape = tuple(self._function.outputs[0].shape)

    def __call__(self, images: Any, training: bool = False) -> Any:
        """Logits; `training` changes nothing."""
        return self._function(tf.convert_to_tensor(images))


def build(classes: int, input_shape: Any, stem_stride: int = 2, alpha: float = 1.0) -> tf_keras.Model:
    """Refuse: such a network is no function of its size.

    Raises:
        StudyError: always.
    """
    raise StudyError("a network of one's own comes from its file: make its weights file again with pipelines.adopt")


def freeze(function: Callable[[Any], Any], size: int) -> Frozen:
    """Freeze a function from images float32 [N, size, size, 3] to logits, its variables as constants."""

    def named(image: Any) -> Any:
        return tf.identity(function(image), name=LOGITS)

    concrete = tf.function(named).get_concrete_function(tf.TensorSpec((None, size, size, 3), tf.float32, name=IMAGE))
    graph = convert_variables_to_constants_v2(concrete).graph.as_graph_def()
    return Frozen(graph.SerializeToString())


def graph_of(model: tf_keras.Model | Frozen) -> Array:
    """The graph of a functional model, without weights, as JSON in an array of one string; a frozen one's as bytes."""
    return np.frombuffer(model.content, np.uint8) if isinstance(model, Frozen) else np.array(model.to_json())


def rebuilt(graph: Array, to_train: bool = False) -> tf_keras.Model | Frozen:
    """The functional model of `graph_of`, with fresh weights; of a frozen one, itself.

    Raises:
        StudyError: it is no such graph, or holds what could be run as code; or it is frozen and `to_train`.
    """
    if graph.dtype == np.uint8:
        if to_train:
            raise StudyError(
                "a model of its own code is exported as a whole and cannot be compressed: leave recipes out of "
                "params.yaml, or save it as a functional Keras model (.keras)"
            )
        return Frozen(graph.tobytes())
    try:
        document = json.loads(str(graph))
        _check(document)
        return tf_keras.Model.from_config(document["config"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StudyError(f"the weights file's graph is damaged ({str(error)[:100]}): make it again") from error


def _check(value: Any) -> None:
    if isinstance(value, dict):
        kind, config = value.get("class_name"), value.get("config")
        function = config.get("function") if isinstance(config, dict) else None
        if kind in ("Lambda", "SlicingOpLambda") or (kind == "TFOpLambda" and function not in OPERATORS):
            raise StudyError(f"the weights file's graph holds {kind} {function or ''}, which is not run: make it again")
        for one in value.values():
            _check(one)
    elif isinstance(value, list):
        for one in value:
            _check(one)


def _check_operators(graph: Any) -> None:
    found = {node.op for node in graph.node} | {node.op for one in graph.library.function for node in one.node_def}
    if unsafe := sorted(found & UNSAFE):
        raise StudyError(f"the model's graph holds {unsafe[0]}, which can run code or touch files: it is not used here")
