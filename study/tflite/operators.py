"""Operators of a .tflite file: what they read and write, the options that facts depend on, the subgraphs they run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from study.tflite.untrusted import integers, require, text

UNPACKING = ("DEQUANTIZE", "DENSIFY")
"""Operators that stand between stored weights and their use: float16 files dequantize, sparse ones densify."""

_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}


@dataclass(frozen=True)
class Window:
    """How a convolution moves over an image: (height, width) each. `same`: padded as TensorFlow's SAME, else VALID."""

    same: bool
    stride: tuple[int, int]
    dilation: tuple[int, int]


@dataclass(frozen=True)
class Operator:
    """One node of a subgraph; input -1 is one left out.

    `adjoint`: which BATCH_MATMUL operand is transposed. `window`: of a CONV_2D or DEPTHWISE_CONV_2D. `keeps_dims`: a
    reduction leaves dimensions of size 1. `subgraphs`: those that it runs, of an IF (then, else), of a WHILE
    (condition, body), of a CALL_ONCE the one for the first call.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    adjoint: tuple[bool, bool] = (False, False)
    window: Window | None = None
    keeps_dims: bool = False
    subgraphs: tuple[int, ...] = ()


def operator_code(code: Any) -> tuple[str, int]:
    """Name and version of an operator that the file asks its runtime for; `CUSTOM:NAME` if it is none of TFLite's."""
    # Operators above 127 are in the newer of the two fields, older ones in either: the larger value is right.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = _NAMES.get(number, f"OPERATOR_{number}")
    return (f"CUSTOM:{text(code.CustomCode())}" if name == "CUSTOM" else name), code.Version()


def read_operator(name: str, node: Any, tensors: int, subgraphs: int) -> Operator:
    """One operator, from its table.

    Args:
        name: from `operator_code`.
        node: its table.
        tensors: how many its subgraph has.
        subgraphs: how many the file has.

    Raises:
        StudyError: it refers to something that is not there.
    """
    plain = Operator(name, references(node.InputsAsNumpy(), tensors), references(node.OutputsAsNumpy(), tensors))
    table = node.BuiltinOptions()
    if name not in _OPTIONS or table is None:
        require(name not in _RUNS_OTHERS, f"{name} does not say which subgraph it runs")
        return plain
    found = _OPTIONS[name](plain, table.Bytes, table.Pos)
    require(all(0 <= one < subgraphs for one in found.subgraphs), f"{name} runs a subgraph that is not there")
    return found


def references(values: Any, tensors: int) -> tuple[int, ...]:
    """Numbers of tensors.

    Raises:
        StudyError: there is no such tensor.
    """
    indices = integers(values)
    require(all(-1 <= index < tensors for index in indices), "an operator refers to a tensor that is not there")
    return indices


def _adjoint(plain: Operator, data: Any, position: int) -> Operator:
    options = schema.BatchMatMulOptions()
    options.Init(data, position)
    return replace(plain, adjoint=(bool(options.AdjX()), bool(options.AdjY())))


def _window(plain: Operator, data: Any, position: int) -> Operator:
    options = schema.Conv2DOptions() if plain.name == "CONV_2D" else schema.DepthwiseConv2DOptions()
    options.Init(data, position)
    return replace(
        plain,
        window=Window(
            options.Padding() == schema.Padding.SAME,
            (options.StrideH(), options.StrideW()),
            (options.DilationHFactor(), options.DilationWFactor()),
        ),
    )


def _reduction(plain: Operator, data: Any, position: int) -> Operator:
    options = schema.ReducerOptions()
    options.Init(data, position)
    return replace(plain, keeps_dims=bool(options.KeepDims()))


def _branches(plain: Operator, data: Any, position: int) -> Operator:
    options = schema.IfOptions()
    options.Init(data, position)
    return replace(plain, subgraphs=(options.ThenSubgraphIndex(), options.ElseSubgraphIndex()))


def _loop(plain: Operator, data: Any, position: int) -> Operator:
    options = schema.WhileOptions()
    options.Init(data, position)
    return replace(plain, subgraphs=(options.CondSubgraphIndex(), options.BodySubgraphIndex()))


def _once(plain: Operator, data: Any, position: int) -> Operator:
    options = schema.CallOnceOptions()
    options.Init(data, position)
    return replace(plain, subgraphs=(options.InitSubgraphIndex(),))


_RUNS_OTHERS: dict[str, Callable[[Operator, Any, int], Operator]] = {
    "IF": _branches,
    "WHILE": _loop,
    "CALL_ONCE": _once,
}
_OPTIONS: dict[str, Callable[[Operator, Any, int], Operator]] = {
    "BATCH_MATMUL": _adjoint,
    "CONV_2D": _window,
    "DEPTHWISE_CONV_2D": _window,
    "MEAN": _reduction,
    **_RUNS_OTHERS,
}
