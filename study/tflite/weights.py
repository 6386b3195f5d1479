"""Weights of a .tflite file: constant kernels and biases, with their zeros and their bytes in the file."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from study.tflite.operators import UNPACKING, Operator
from study.tflite.parse import Graph
from study.tflite.tensors import Tensor

KERNEL_AND_BIAS: dict[str, tuple[int, int | None]] = {
    "CONV_2D": (1, 2),
    "DEPTHWISE_CONV_2D": (1, 2),
    "FULLY_CONNECTED": (1, 2),
    "TRANSPOSE_CONV": (1, 3),
    "BATCH_MATMUL": (1, None),
}
"""Operators that multiply by weights -> inputs that hold kernel and bias."""


@dataclass(frozen=True)
class Weight:
    """A constant that an operator multiplies by or adds.

    `zeros` are elements that stand for 0.0, after quantization; in a quantized tensor those equal to their zero point.
    `stored_bytes` are the bytes in the file, for a `sparse` one (TFLite's sparse encoding) segments and indices
    included; `dense_bytes` are those of all elements. `scales`: how many; more than one run along `axis`.
    """

    name: str
    op: str
    kernel: bool
    dtype: str
    shape: tuple[int, ...]
    elements: int
    zeros: int
    stored_bytes: int
    scales: int
    axis: int
    dense_bytes: int
    sparse: bool


Stored = tuple[int, Weight]
"""The buffer that holds a weight, and the weight: see Buffer.number."""


def stored_weights(graph: Graph) -> list[Stored]:
    """Constant kernels and biases of one subgraph, each tensor once however often it is used."""
    return list(_weights(graph, producers(graph)))


def each_once(subgraphs: Sequence[Sequence[Stored]]) -> tuple[Weight, ...]:
    """Weights of several subgraphs: what a buffer holds counts in that which uses the most of it, else in the first."""
    counted: dict[int, tuple[int, int]] = {}
    for number, held in enumerate(subgraphs):
        for buffer, weight in held:
            if buffer not in counted or weight.stored_bytes > counted[buffer][0]:
                counted[buffer] = weight.stored_bytes, number
    return tuple(
        weight for number, held in enumerate(subgraphs) for buffer, weight in held if counted[buffer][1] == number
    )


def producers(graph: Graph) -> Mapping[int, Operator]:
    """Tensor -> the operator that computes it."""
    return {index: operator for operator in graph.operators for index in operator.outputs}


def constant(graph: Graph, operator: Operator, position: int | None, producer: Mapping[int, Operator]) -> int | None:
    """The tensor that stores what an operator reads at this position, unpacked or not; None if nothing is stored."""
    if position is None or position >= len(operator.inputs):
        return None
    index = operator.inputs[position]
    for _ in UNPACKING:
        source = producer.get(index)
        if source and source.name in UNPACKING and source.inputs:
            index = source.inputs[0]
    return index if index >= 0 and graph.tensors[index].stored is not None else None


def sparsity(weights: Iterable[Weight]) -> float:
    """Fraction of zeros; 0 where there are no weights."""
    counted = [(weight.zeros, weight.elements) for weight in weights]
    elements = sum(count for _, count in counted)
    return sum(zeros for zeros, _ in counted) / elements if elements else 0.0


def kernels_by_op(weights: Iterable[Weight]) -> dict[str, list[Weight]]:
    """Operator type, in alphabetical order -> its kernels."""
    kernels: defaultdict[str, list[Weight]] = defaultdict(list)
    for weight in weights:
        if weight.kernel:
            kernels[weight.op].append(weight)
    return dict(sorted(kernels.items()))


def _weights(graph: Graph, producer: Mapping[int, Operator]) -> Iterator[Stored]:
    seen: set[int] = set()
    for operator in graph.operators:
        for role, position in enumerate(KERNEL_AND_BIAS.get(operator.name, ())):
            index = constant(graph, operator, position, producer)
            if index is not None and index not in seen:
                seen.add(index)
                yield graph.tensors[index].buffer, _weight(graph.tensors[index], operator.name, kernel=role == 0)


def _weight(tensor: Tensor, op: str, kernel: bool) -> Weight:
    assert tensor.stored is not None
    return Weight(
        tensor.name,
        op,
        kernel,
        tensor.dtype.lower(),
        tensor.shape,
        tensor.elements,
        _zeros(tensor),
        len(tensor.stored) + tensor.index_bytes,
        len(tensor.scales),
        tensor.axis,
        tensor.dense_bytes,
        tensor.sparse,
    )


def _zeros(tensor: Tensor) -> int:
    """Elements that stand for 0.0: equal to their zero point, or left out of a sparse tensor."""
    values = tensor.values
    if tensor.sparse:
        return tensor.elements - int(np.count_nonzero(values))
    if tensor.zero_points.any():
        along = [-1 if axis == tensor.axis else 1 for axis in range(len(tensor.shape))]
        points = tensor.zero_points.reshape(along) if len(tensor.zero_points) > 1 else tensor.zero_points
        return int(np.count_nonzero(values.reshape(tensor.shape) == points))
    return tensor.elements - int(np.count_nonzero(values))
