"""A trained network of one's own: its graph travels with its weights, as the configuration of plain Keras layers."""

import json
from typing import Any

import numpy as np
import tf_keras

from study.arrays import Array
from study.errors import StudyError
from study.networks.models.rewrite import Shape

OPERATORS = {"__operators__.add", "math.add", "math.subtract", "math.multiply", "math.truediv"}
"""Functions that a graph may name. Any other, or a Lambda layer, might do anything."""


def build(classes: int, input_shape: Shape, stem_stride: int = 2, alpha: float = 1.0) -> tf_keras.Model:
    """Refuse: such a network is no function of its size.

    Raises:
        StudyError: always.
    """
    raise StudyError("a network of one's own comes from its file: make its weights file again with pipelines.adopt")


def graph_of(model: tf_keras.Model) -> Array:
    """The graph of a functional model, without weights, as JSON in an array of one string."""
    return np.array(model.to_json())


def rebuilt(graph: Array) -> tf_keras.Model:
    """The functional model of `graph_of`, with fresh weights.

    Raises:
        StudyError: it is no such graph, or holds what could be run as code.
    """
    try:
        document = json.loads(str(graph))
        _check(document)
        model = tf_keras.Model.from_config(document["config"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StudyError(f"the weights file's graph is damaged ({str(error)[:100]}): make it again") from error
    return model


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
