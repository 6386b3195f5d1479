"""A graph as a tf_keras model with its weights: what the study trains further, cuts and exports."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import tf_keras

from study.networks.brought.graph import INPUT, Graph, Node, Ref, WholeOnlyError, replaced

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
}


def rebuilt(graph: Graph, input_shape: tuple[int, int, int], name: str) -> tf_keras.Model:
    """Build the model, float32, every layer free to train.

    Raises:
        WholeOnlyError: tf_keras refuses a layer as it is described; the message names it.
    """
    given = tf_keras.Input(input_shape, name="image")
    results: dict[Ref, Any] = {INPUT: given}
    for node in graph.nodes:
        try:
            results[Ref(node.name)] = _call(node, results)
        except Exception as error:
            said = " ".join(str(error).split())[:120]
            raise WholeOnlyError(f"layer {node.name} ({node.kind}) cannot be rebuilt: {said}") from error
    return tf_keras.Model(given, results[graph.output], name=name)


def _call(node: Node, results: Mapping[Ref, Any]) -> Any:
    args, kwargs = replaced(node.args, results), replaced(node.kwargs, results)
    if node.kind in OPERATORS:
        return OPERATORS[node.kind](*args)
    layer = getattr(tf_keras.layers, node.kind).from_config({**node.config, "name": node.name})
    result = layer(*args, **kwargs)
    layer.set_weights(list(node.weights))
    return result
