"""The output of a brought network: logits, one a class, in the order of the data's classes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from study.arrays import Array
from study.errors import StudyError
from study.networks.brought.graph import Graph, Node, Ref

SHAPING = ("Flatten", "Reshape", "Dropout", "GlobalAveragePooling2D")
"""Layers between a classifier and the output through which a change of its outputs' order passes."""
PROBABILITIES = ("softmax", "log_softmax")
NAME = "study_output"


@dataclass(frozen=True)
class Output:
    """What the original gives: `probabilities` (softmax or sigmoid), else logits; `one`: a single output of two
    classes, for the second of them.
    """

    probabilities: bool
    one: bool
    logarithm: bool = False

    def of(self, logits: Array) -> Array:
        """What the original gives where a network with its outputs as logits (one column a class) gives `logits`."""
        if self.one:
            only = (logits[:, 1:] - logits[:, :1]).astype(np.float64)
            return 1.0 / (1.0 + np.exp(-only)) if self.probabilities else only
        shifted = logits.astype(np.float64) - logits.max(1, keepdims=True)
        logarithm = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        if self.logarithm:
            return logarithm
        return np.exp(logarithm) if self.probabilities else logits


def with_logits(graph: Graph, outputs: int, where: str) -> tuple[Graph, Output]:
    """The graph without the softmax or the sigmoid at its end, and what that was.

    Raises:
        StudyError: it ends in several sigmoids, which choose no class.
    """
    last = graph.node(graph.output)
    assert last is not None
    activation = "softmax" if last.kind == "Softmax" else str(last.config.get("activation", "linear"))
    if activation == "sigmoid" and outputs > 1:
        raise StudyError(
            f"{where} ends in {outputs} sigmoids, each a yes or no by itself: the study counts one class an image; end "
            "it in a softmax"
        )
    own = Output(activation in (*PROBABILITIES, "sigmoid"), outputs == 1, activation == "log_softmax")
    if not own.probabilities:
        return graph, own
    if last.kind in ("Softmax", "Activation"):
        (before,) = last.inputs
        return Graph(tuple(node for node in graph.nodes if node is not last), before), own
    plain = replace(last, config={**last.config, "activation": "linear"})
    return _with(graph, last, plain), own


def mapped(graph: Graph, matrix: Array) -> Graph:
    """The graph whose outputs are its former ones times `matrix` [former, new]: in the classifier's own weights.

    Where no dense layer or convolution can take it up, a dense layer follows.
    """
    if matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix))):
        return graph
    last = graph.node(graph.output)
    while last is not None and _passes(last, matrix) and len(graph.readers(last.inputs[0])) == 1:
        last = graph.node(last.inputs[0])
    if last is None or not _takes(last):
        added = Node(
            NAME, "Dense", (graph.output,), {"units": matrix.shape[1], "use_bias": False}, weights=[_float(matrix)]
        )
        return Graph((*graph.nodes, added), Ref(NAME))
    size = "units" if last.kind == "Dense" else "filters"
    changed = {**last.config, size: matrix.shape[1]}
    return _with(graph, last, replace(last, config=changed, weights=[_float(one @ matrix) for one in last.weights]))


def matrix_to(classes: Sequence[str], labels: Sequence[str] | None, outputs: int, where: str) -> Array:
    """The matrix for `mapped` that gives the logits of `classes`, from outputs in the order of `labels` (None: theirs).

    A single output z becomes (0, z), in the order of the labels.

    Raises:
        StudyError: there are not as many outputs as classes, or the labels are others.
    """
    count = len(classes)
    if outputs != count and not (outputs == 1 and count == 2):
        raise StudyError(
            f"{where} has {outputs} output{'s' * (outputs != 1)}, the data {count} classes ({_some(classes)}): set "
            "data.path in params.yaml to images of the classes that it was trained on"
        )
    to_labels = np.array([[0.0, 1.0]]) if outputs == 1 else np.eye(count)
    if labels is None:
        return to_labels
    if sorted(labels) != sorted(classes):
        strange = sorted(set(labels) - set(classes)) or sorted(set(classes) - set(labels)) or list(labels)
        raise StudyError(
            f"labels of {where}: {strange[0]!r:.60} does not fit: they must be the data's classes ({_some(classes)}), "
            "each once, in the order of the outputs"
        )
    return to_labels[:, [list(labels).index(name) for name in classes]]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _passes(node: Node, matrix: Array) -> bool:
    if node.kind == "Reshape" and matrix.shape[0] != matrix.shape[1]:
        return False
    return node.kind in SHAPING or (node.kind == "Activation" and node.config["activation"] == "linear")


def _takes(node: Node) -> bool:
    linear = node.config.get("activation", "linear") == "linear" and node.config.get("groups", 1) == 1
    return node.kind in ("Dense", "Conv2D") and linear


def _with(graph: Graph, old: Node, new: Node) -> Graph:
    return Graph(tuple(new if node is old else node for node in graph.nodes), graph.output)


def _float(array: Any) -> Array:
    return np.asarray(array, np.float32)
