"""Facts about a model, read from its .tflite bytes without TensorFlow or an interpreter."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import numpy as np

from study.tflite.arena import arena_bytes
from study.tflite.parse import UNPACKING, Graph, Operator, Tensor, parse, untrusted

KERNEL_AND_BIAS = {
    "CONV_2D": (1, 2),
    "DEPTHWISE_CONV_2D": (1, 2),
    "FULLY_CONNECTED": (1, 2),
    "TRANSPOSE_CONV": (1, 3),
    "BATCH_MATMUL": (1, None),
}
"""Operators that multiply by weights -> inputs that hold kernel and bias."""


@dataclass(frozen=True)
class Port:
    """An input or output tensor. `scale` and `zero_point` are None unless it is quantized per tensor."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None


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


@dataclass(frozen=True)
class Facts:
    """What a .tflite file says of itself.

    `ops` maps each operator to the highest version asked for. `macs` are multiply-accumulates of one invoke at the
    stored batch size. `arena_bytes` is the planned activation peak. `output_op` produces the first output.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    ops: dict[str, int]
    output_op: str
    min_runtime: str | None
    macs: int
    arena_bytes: int
    weights: tuple[Weight, ...]

    @property
    def parameters(self) -> int:
        """Elements of all kernels and biases, zeros included."""
        return sum(weight.elements for weight in self.weights)

    @property
    def weight_bytes(self) -> int:
        """Bytes that kernels and biases take in the file, indices of the sparse encoding included."""
        return sum(weight.stored_bytes for weight in self.weights)

    @property
    def sparsity_by_op(self) -> dict[str, float]:
        """Fraction of zeros in the kernels of each operator type."""
        kernels: defaultdict[str, list[Weight]] = defaultdict(list)
        for weight in self.weights:
            if weight.kernel:
                kernels[weight.op].append(weight)
        return {op: _sparsity(kernels[op]) for op in sorted(kernels)}

    @property
    def sparsity_effective(self) -> float:
        """Fraction of zeros over all kernels of the model, those that no method prunes included."""
        return _sparsity([weight for weight in self.weights if weight.kernel])


def read(tflite: bytes) -> Facts:
    """Read the facts of a .tflite file.

    Raises:
        StudyError: the bytes are not a complete, consistent TFLite file.
    """
    return facts_of(parse(tflite))


def facts_of(graph: Graph) -> Facts:
    """Read the facts of a parsed file.

    Raises:
        StudyError: the tables contradict one another.
    """
    producer = {index: operator for operator in graph.operators for index in operator.outputs}
    with untrusted():
        return Facts(
            inputs=tuple(_port(graph.tensors[i]) for i in graph.inputs),
            outputs=tuple(_port(graph.tensors[i]) for i in graph.outputs),
            ops=graph.versions,
            output_op=_output_op(graph, producer),
            min_runtime=graph.min_runtime,
            macs=sum(_macs(operator, graph) for operator in graph.operators),
            arena_bytes=arena_bytes(graph),
            weights=tuple(_weights(graph, producer)),
        )


def _port(tensor: Tensor) -> Port:
    quantized = len(tensor.scales) == 1
    return Port(
        tensor.name,
        tensor.shape,
        tensor.dtype.lower(),
        float(tensor.scales[0]) if quantized else None,
        int(tensor.zero_points[0]) if quantized else None,
    )


def _output_op(graph: Graph, producer: dict[int, Operator]) -> str:
    """Operator that computes the first output, seen through conversions of its type and shape."""
    index = graph.outputs[0] if graph.outputs else -1
    for _ in range(4):
        operator = producer.get(index)
        if operator is None or operator.name not in ("QUANTIZE", "DEQUANTIZE", "RESHAPE") or not operator.inputs:
            return operator.name if operator else "NONE"
        index = operator.inputs[0]
    return "NONE"


def _macs(operator: Operator, graph: Graph) -> int:
    """Multiply-accumulates of one operator: output elements times products summed into each."""
    if operator.name not in KERNEL_AND_BIAS or len(operator.inputs) < 2 or not operator.outputs:
        return 0
    first, second, output = (graph.tensors[i].shape for i in (*operator.inputs[:2], operator.outputs[0]))
    if operator.name == "TRANSPOSE_CONV":  # inputs: output shape, kernel [out, h, w, in], image
        image = graph.tensors[operator.inputs[2]].shape if len(operator.inputs) > 2 else ()
        return prod(image) * prod(second[:3])
    if operator.name == "BATCH_MATMUL":
        return prod(output) * (first[-2 if operator.adjoint[0] else -1] if len(first) > 1 else 0)
    products = second[1:3] if operator.name == "DEPTHWISE_CONV_2D" else second[1:]
    return prod(output) * prod(products)


def _weights(graph: Graph, producer: dict[int, Operator]) -> Iterable[Weight]:
    """Constant kernels and biases, each once however often it is used."""
    seen: set[int] = set()
    for operator in graph.operators:
        for role, position in enumerate(KERNEL_AND_BIAS.get(operator.name, ())):
            if position is None or position >= len(operator.inputs):
                continue
            index = operator.inputs[position]
            for _ in UNPACKING:
                source = producer.get(index)
                if source and source.name in UNPACKING and source.inputs:
                    index = source.inputs[0]
            if index < 0 or index in seen or graph.tensors[index].stored is None:
                continue
            seen.add(index)
            yield _weight(graph.tensors[index], operator.name, kernel=role == 0)


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


def _sparsity(weights: list[Weight]) -> float:
    elements = sum(weight.elements for weight in weights)
    return sum(weight.zeros for weight in weights) / elements if elements else 0.0
