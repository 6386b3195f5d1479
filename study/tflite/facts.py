"""Facts about a .tflite file, level by level, read from its bytes without TensorFlow or an interpreter.

A level is one signature of a file: an ordinary file has one level, `serving_default`. Levels may share subgraphs and
weights.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from study.tflite.arena import arena_bytes
from study.tflite.operators import Operator
from study.tflite.parse import Graph, Model, called, callees_first, chosen, parse
from study.tflite.tensors import Tensor
from study.tflite.untrusted import untrusted
from study.tflite.weights import KERNEL_AND_BIAS, Weight, each_once, kernels_by_op, producers, sparsity, stored_weights

_EXECUTED: dict[str, Callable[[list[int]], int]] = {"IF": max, "WHILE": sum}
"""Operator -> multiply-accumulates of the subgraphs that it runs. CALL_ONCE runs before the first invoke counts."""

DELEGATED = {"edgetpu-custom-op": "an Edge TPU", "ethos-u": "an Ethos-U"}
"""Custom operators that stand for whatever a compiler gave to an accelerator -> the accelerator."""

COUNTED_AS_NOTHING = ("Mfcc", "AudioSpectrogram", "TFLite_Detection_PostProcess")
"""Custom operators that come with the runtimes and hold no weights."""


_RESCALING = {"MUL": (1 / 255, 1 / 127.5), "DIV": (255.0, 127.5), "SUB": (127.5,)}
"""First operator behind an input of pixel values 0 to 255 -> its usual constants."""


@dataclass(frozen=True)
class Port:
    """An input or output tensor. `scale` and `zero_point` are None unless it is quantized per tensor.

    `sizes`: its shape, None where the file says that any size will do.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None
    sizes: tuple[int | None, ...] = ()


@dataclass(frozen=True)
class LevelSummary:
    """What one signature of a file takes, computes and gives.

    `macs` are multiply-accumulates of one invoke at the stored batch size: of an IF those of its larger branch, of a
    WHILE those of its condition and body once, for nobody knows how often they run. `arena_bytes` is the planned
    activation peak of the signature's own subgraph, and of the largest that it runs meanwhile; the interpreter may hold
    those of both branches. `uncounted`: why the file does not tell either, if so; then they are of what it tells.
    `output_op` produces the first output. `weights` are those of all subgraphs that it reaches. `representable`: least
    and greatest value that the quantization of the input has codes for. `rescales`: what is done first to the input
    turns pixel values 0 to 255 into small ones, as Keras' Rescaling layer does.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    output_op: str
    macs: int
    arena_bytes: int
    weights: tuple[Weight, ...]
    representable: tuple[float, float] | None = None
    rescales: bool = False
    uncounted: str | None = None

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
        return {op: sparsity(kernels) for op, kernels in kernels_by_op(self.weights).items()}

    @property
    def sparsity_effective(self) -> float:
        """Fraction of zeros over all kernels, those that no method prunes included."""
        return sparsity(weight for weight in self.weights if weight.kernel)


@dataclass(frozen=True)
class Summary:
    """What a .tflite file says of itself.

    `ops` maps each operator to the highest version asked for. `levels`: signature -> level, in the file's order.
    `weights` are those of all levels; what subgraphs share counts once.
    """

    ops: Mapping[str, int]
    min_runtime: str | None
    levels: Mapping[str, LevelSummary]
    weights: tuple[Weight, ...]

    def level(self, signature: str | None = None) -> LevelSummary:
        """One level, by its signature; without, the only one.

        Raises:
            StudyError: there is no such signature, or there are several and none is named.
        """
        return self.levels[chosen(self.levels, signature)]


def read(tflite: bytes) -> Summary:
    """Read the facts of a .tflite file.

    Raises:
        StudyError: the bytes are not a complete, consistent TFLite file.
    """
    return summarise(parse(tflite))


def summarise(model: Model) -> Summary:
    """Read the facts of a parsed file.

    Raises:
        StudyError: the tables contradict one another.
    """
    with untrusted():
        reached = {name: model.reached(name) for name in model.signatures}
        every = dict.fromkeys(number for numbers in reached.values() for number in numbers)
        macs, arenas = _costs(model.subgraphs, every)
        stored = {number: stored_weights(model.subgraphs[number]) for number in every}
        levels = {
            name: _level(
                model,
                numbers,
                macs[numbers[0]],
                arenas[numbers[0]],
                each_once([stored[number] for number in numbers]),
            )
            for name, numbers in reached.items()
        }
        return Summary(model.versions, model.min_runtime, levels, each_once(list(stored.values())))


def _level(model: Model, numbers: Sequence[int], macs: int, arena: int, weights: tuple[Weight, ...]) -> LevelSummary:
    graph = model.subgraphs[numbers[0]]
    return LevelSummary(
        inputs=tuple(_port(graph.tensors[i]) for i in graph.inputs),
        outputs=tuple(_port(graph.tensors[i]) for i in graph.outputs),
        output_op=_output_op(model.subgraphs, graph),
        macs=macs,
        arena_bytes=arena,
        weights=weights,
        representable=_representable(graph),
        rescales=_rescales(graph),
        uncounted=_uncounted(model, numbers, graph),
    )


def _costs(subgraphs: Sequence[Graph], every: Mapping[int, None]) -> tuple[dict[int, int], dict[int, int]]:
    """Multiply-accumulates and arena of each subgraph, those that it runs included."""
    macs: dict[int, int] = {}
    arenas: dict[int, int] = {}
    for number in callees_first(subgraphs):
        if number in every:
            graph = subgraphs[number]
            macs[number] = sum(_macs(operator, graph, macs) for operator in graph.operators)
            arenas[number] = arena_bytes(graph) + max((arenas[inner] for inner in called(graph)), default=0)
    return macs, arenas


def _port(tensor: Tensor) -> Port:
    quantized = len(tensor.scales) == 1
    return Port(
        tensor.name,
        tensor.shape,
        tensor.dtype.lower(),
        float(tensor.scales[0]) if quantized else None,
        int(tensor.zero_points[0]) if quantized else None,
        tensor.sizes,
    )


def _representable(graph: Graph) -> tuple[float, float] | None:
    """Values that the quantization of the first input has codes for, or that of a QUANTIZE right behind it."""
    index = graph.inputs[0] if graph.inputs else -1
    readers = [operator for operator in graph.operators if index >= 0 and index in operator.inputs]
    if len(readers) == 1 and readers[0].name == "QUANTIZE" and readers[0].outputs:
        index = readers[0].outputs[0]
    if index < 0:
        return None
    tensor = graph.tensors[index]
    if tensor.dtype not in ("INT8", "UINT8") or len(tensor.scales) != 1 or not 0 < tensor.scales[0] < math.inf:
        return None
    least, scale, zero_point = -128 * (tensor.dtype == "INT8"), float(tensor.scales[0]), int(tensor.zero_points[0])
    return (least - zero_point) * scale, (least + 255 - zero_point) * scale


def _rescales(graph: Graph) -> bool:
    index = graph.inputs[0] if graph.inputs else -1
    readers = [operator for operator in graph.operators if index >= 0 and index in operator.inputs]
    if len(readers) != 1 or readers[0].name not in _RESCALING or len(readers[0].inputs) != 2:
        return False
    constants = [graph.tensors[at] for at in readers[0].inputs if at >= 0 and at != index]
    if not constants or constants[0].dtype != "FLOAT32" or constants[0].stored is None or not constants[0].elements:
        return False
    values = constants[0].values
    return any(bool(np.all(np.abs(values / usual - 1) < 0.02)) for usual in _RESCALING[readers[0].name])


def _uncounted(model: Model, numbers: Iterable[int], graph: Graph) -> str | None:
    """Why the multiply-accumulates of a level cannot be known from its file, None where they can."""
    for operator in (operator for number in numbers for operator in model.subgraphs[number].operators):
        custom = operator.name.removeprefix("CUSTOM:")
        if custom != operator.name and custom not in COUNTED_AS_NOTHING:
            whose = f"compiled for {DELEGATED[custom]}" if custom in DELEGATED else "a custom operator"
            return f"{custom} is {whose}, and what it computes is not in the file"
    free = [graph.tensors[index].sizes[1:] for index in graph.inputs if index >= 0]
    return (
        "they depend on the size of its input, which the file leaves open" if any(None in one for one in free) else None
    )


def _output_op(subgraphs: Sequence[Graph], graph: Graph) -> str:
    """Operator that computes the first output, seen through conversions of its type and shape and into a branch."""
    index = graph.outputs[0] if graph.outputs else -1
    for _ in range(4):
        operator = producers(graph).get(index)
        if operator is not None and operator.name == "IF":
            place, graph = operator.outputs.index(index), subgraphs[operator.subgraphs[0]]
            index = graph.outputs[place]
        elif (
            operator is None
            or operator.name not in ("QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE")
            or not operator.inputs
        ):
            return operator.name if operator else "NONE"
        else:
            index = operator.inputs[0]
    return "NONE"


def _macs(operator: Operator, graph: Graph, inner: Mapping[int, int]) -> int:
    """Multiply-accumulates of one operator: output elements times products summed into each, or those it runs."""
    if operator.name in _EXECUTED:
        return _EXECUTED[operator.name]([inner[number] for number in operator.subgraphs])
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
