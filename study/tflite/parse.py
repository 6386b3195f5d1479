"""The tables of a .tflite file as plain values, without TensorFlow.

Files may come from strangers: whatever is wrong with the bytes ends in one StudyError. Format: `schema.fbs` of
TensorFlow Lite; its generated reader ships with ai-edge-litert and imports in some 20 ms.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, TypeVar

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from study.arrays import Array, Bytes, Floats32, Ints
from study.errors import StudyError

LIMIT = 100_000
"""Tensors or operators of one file: more than any real network has, and quick to walk through."""

RANK = 16
"""Dimensions of a tensor; kernels take at most 8."""

DTYPES = {
    "FLOAT32": "<f4",
    "FLOAT16": "<f2",
    "INT32": "<i4",
    "UINT8": "u1",
    "INT64": "<i8",
    "BOOL": "?",
    "INT16": "<i2",
    "INT8": "i1",
    "FLOAT64": "<f8",
    "UINT64": "<u8",
    "UINT32": "<u4",
    "UINT16": "<u2",
}
"""NumPy's name of each tensor type that has one. INT4 is unpacked to int8; the rest stays opaque bytes."""

UNPACKING = ("DEQUANTIZE", "DENSIFY")
"""Operators that stand between stored weights and their use: float16 files dequantize, sparse ones densify."""

_TYPE_NAMES = {value: name for name, value in vars(schema.TensorType).items() if isinstance(value, int)}
_OP_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}

Row = TypeVar("Row")


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor. `stored` holds the bytes of a constant and is None for an activation; no `scales`, not quantized.

    `sparse`: stored in TFLite's sparse encoding, whose segments and indices take `index_bytes`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: Floats32
    zero_points: Ints
    axis: int
    stored: Bytes | None
    sparse: bool
    variable: bool
    index_bytes: int = 0

    @property
    def elements(self) -> int:
        """Number of elements of the dense tensor."""
        return prod(self.shape)

    @property
    def dense_bytes(self) -> int:
        """Bytes of the dense tensor in memory; 0 for types without a fixed size (strings, resources)."""
        if self.dtype == "INT4":
            return (self.elements + 1) // 2
        return self.elements * np.dtype(DTYPES[self.dtype]).itemsize if self.dtype in DTYPES else 0

    @cached_property
    def values(self) -> Array:
        """Constant values, flat and still quantized; of a sparse tensor the stored ones alone."""
        if self.stored is None:
            return np.zeros(0, np.uint8)
        if self.dtype == "INT4":  # two per byte, low half first
            halves: Array = np.stack([self.stored << 4, self.stored], 1).view(np.int8).ravel() >> 4
            return halves[: self.elements]
        return self.stored.view(DTYPES[self.dtype]) if self.dtype in DTYPES else self.stored


@dataclass(frozen=True)
class Window:
    """How a convolution moves over an image: (height, width) each. `same`: padded as TensorFlow's SAME, else VALID."""

    same: bool
    stride: tuple[int, int]
    dilation: tuple[int, int]


@dataclass(frozen=True)
class Operator:
    """One node of the main subgraph; input -1 is one left out.

    `adjoint`: which BATCH_MATMUL operand is transposed. `window`: of a CONV_2D or DEPTHWISE_CONV_2D. `keeps_dims`: a
    reduction leaves dimensions of size 1.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    adjoint: tuple[bool, bool] = (False, False)
    window: Window | None = None
    keeps_dims: bool = False


@dataclass(frozen=True, eq=False)
class Graph:
    """Main subgraph of a model. `versions`: every operator the file asks its runtime for, in all subgraphs."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    versions: dict[str, int]
    min_runtime: str | None


def parse(tflite: bytes) -> Graph:
    """Read the tables of a .tflite file.

    Raises:
        StudyError: the bytes are not a complete, consistent TFLite file.
    """
    if tflite[4:8] != b"TFL3":
        raise StudyError("not a TFLite file: the identifier TFL3 is missing at byte 4")
    with untrusted():
        return _graph(schema.Model.GetRootAs(tflite, 0), tflite)


@contextmanager
def untrusted() -> Iterator[None]:
    """Turn whatever a strange file provokes into one line: the generated reader trusts every offset and size."""
    try:
        yield
    except StudyError:
        raise
    except Exception as error:
        raise StudyError("not a readable TFLite file: it is truncated or damaged") from error


def _graph(model: Any, data: bytes) -> Graph:
    _require(model.SubgraphsLength() > 0, "it holds no subgraph")
    subgraph = model.Subgraphs(0)
    codes = _rows(model.OperatorCodesLength(), model.OperatorCodes, _operator_code)
    versions: dict[str, int] = {}
    for name, version in codes:
        versions[name] = max(version, versions.get(name, 0))
    buffers = _rows(model.BuffersLength(), model.Buffers, lambda buffer: _content(buffer, data))
    tensors = tuple(_rows(subgraph.TensorsLength(), subgraph.Tensors, lambda tensor: _tensor(tensor, buffers)))

    def operator(node: Any) -> Operator:
        name = codes[_within(node.OpcodeIndex(), len(codes))][0]
        return Operator(
            name,
            _references(node.InputsAsNumpy(), len(tensors)),
            _references(node.OutputsAsNumpy(), len(tensors)),
            **_options(name, node),
        )

    operators = tuple(_rows(subgraph.OperatorsLength(), subgraph.Operators, operator))
    return Graph(
        tensors,
        operators,
        _references(subgraph.InputsAsNumpy(), len(tensors)),
        _references(subgraph.OutputsAsNumpy(), len(tensors)),
        versions,
        _min_runtime(model, buffers),
    )


def _rows(length: int, at: Callable[[int], Any], read: Callable[[Any], Row]) -> list[Row]:
    _require(0 <= length <= LIMIT, f"it claims {length} entries in one table")
    return [read(at(i)) for i in range(length)]


def _operator_code(code: Any) -> tuple[str, int]:
    # Operators above 127 are in the newer of the two fields, older ones in either: the larger value is right.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = _OP_NAMES.get(number, f"OPERATOR_{number}")
    return (f"CUSTOM:{_text(code.CustomCode())}" if name == "CUSTOM" else name), code.Version()


def _content(buffer: Any, data: bytes) -> Bytes | None:
    if buffer.Offset() > 1:  # files above 2 GB keep constants behind the tables
        _require(buffer.Offset() + buffer.Size() <= len(data), "a buffer reaches beyond the end")
        return np.frombuffer(data, np.uint8, buffer.Size(), buffer.Offset())
    return buffer.DataAsNumpy() if buffer.DataLength() else None


def _tensor(table: Any, buffers: list[Bytes | None]) -> Tensor:
    shape = _integers(table.ShapeAsNumpy())
    _require(len(shape) <= RANK, f"a tensor has {len(shape)} dimensions")
    _require(all(size >= 0 for size in shape) and prod(shape) < 2**40, f"a tensor has the shape {shape}")
    quantization = table.Quantization()
    scales = np.asarray(quantization.ScaleAsNumpy() if quantization and quantization.ScaleLength() else [], np.float32)
    points = np.asarray(
        quantization.ZeroPointAsNumpy() if quantization and quantization.ZeroPointLength() else np.zeros(len(scales)),
        np.int64,
    )
    axis = quantization.QuantizedDimension() if quantization else 0
    sparsity = table.Sparsity()
    stored_values, index_bytes = _sparse_sizes(sparsity) if sparsity else (0, 0)
    tensor = Tensor(
        name=_text(table.Name()),
        shape=shape,
        dtype=_TYPE_NAMES.get(table.Type(), "UNKNOWN"),
        scales=scales,
        zero_points=points,
        axis=axis,
        stored=buffers[_within(table.Buffer(), len(buffers))] if buffers else None,
        sparse=sparsity is not None,
        variable=bool(table.IsVariable()),
        index_bytes=index_bytes,
    )
    _require(len(points) == len(scales), f"tensor '{tensor.name}' has scales and zero points that do not match")
    if len(scales) > 1:
        _require(0 <= axis < len(shape) and shape[axis] == len(scales), f"tensor '{tensor.name}' has a wrong axis")
    if tensor.stored is not None and tensor.dtype in (*DTYPES, "INT4"):
        needed = np.dtype(DTYPES.get(tensor.dtype, "i1")).itemsize * stored_values if sparsity else tensor.dense_bytes
        _require(len(tensor.stored) == needed, f"tensor '{tensor.name}' and its buffer differ in size")
        _require(stored_values <= tensor.elements, f"tensor '{tensor.name}' stores more values than it has elements")
    return tensor


def _sparse_sizes(table: Any) -> tuple[int, int]:
    """Values that a tensor in sparse encoding stores, and bytes of its segments and indices.

    Each dimension (blocks count as further, inner ones) is dense, or compressed as in CSR: one segment boundary more
    than positions so far, and an index for each position that is stored. Source: `SparsityParameters` in schema.fbs.
    """
    stored, bytes_ = 1, 0
    for dimension in _rows(table.DimMetadataLength(), table.DimMetadata, lambda entry: entry):
        if dimension.Format() == schema.DimensionType.DENSE:
            stored *= dimension.DenseSize()
        else:
            segments = _vector(dimension.ArraySegmentsType(), dimension.ArraySegments())
            indices = _vector(dimension.ArrayIndicesType(), dimension.ArrayIndices())
            _require(len(segments) == stored + 1 and int(segments[-1]) == len(indices), "a sparse tensor is incomplete")
            stored, bytes_ = len(indices), bytes_ + segments.nbytes + indices.nbytes
        _require(0 <= stored < 2**40, f"a sparse tensor stores {stored} values")
    return stored, bytes_


def _vector(kind: int, table: Any) -> Array:
    vectors: dict[int, Any] = {1: schema.Int32Vector, 2: schema.Uint16Vector, 3: schema.Uint8Vector}
    _require(kind in vectors and table is not None, "a sparse tensor lacks its indices")
    vector = vectors[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy() if vector.ValuesLength() else np.zeros(0, np.uint8))


def _options(name: str, node: Any) -> dict[str, Any]:
    """The fields of `Operator` that come from the node's options table."""
    read = {"BATCH_MATMUL": _adjoint, "CONV_2D": _window, "DEPTHWISE_CONV_2D": _window, "MEAN": _reduction}.get(name)
    table = node.BuiltinOptions()
    return {} if read is None or table is None else read(name, table.Bytes, table.Pos)


def _adjoint(name: str, data: Any, position: int) -> dict[str, Any]:
    options = schema.BatchMatMulOptions()
    options.Init(data, position)
    return {"adjoint": (bool(options.AdjX()), bool(options.AdjY()))}


def _window(name: str, data: Any, position: int) -> dict[str, Any]:
    options = schema.Conv2DOptions() if name == "CONV_2D" else schema.DepthwiseConv2DOptions()
    options.Init(data, position)
    return {
        "window": Window(
            options.Padding() == schema.Padding.SAME,
            (options.StrideH(), options.StrideW()),
            (options.DilationHFactor(), options.DilationWFactor()),
        )
    }


def _reduction(name: str, data: Any, position: int) -> dict[str, Any]:
    options = schema.ReducerOptions()
    options.Init(data, position)
    return {"keeps_dims": bool(options.KeepDims())}


def _min_runtime(model: Any, buffers: list[Bytes | None]) -> str | None:
    for entry in _rows(model.MetadataLength(), model.Metadata, lambda entry: entry):
        if entry.Name() == b"min_runtime_version":
            content = buffers[_within(entry.Buffer(), len(buffers))]
            return None if content is None else _text(content.tobytes()[:32].split(b"\0")[0]) or None
    return None


def _references(values: Any, tensors: int) -> tuple[int, ...]:
    indices = _integers(values)
    _require(all(-1 <= index < tensors for index in indices), "an operator refers to a tensor that is not there")
    return indices


def _integers(values: Any) -> tuple[int, ...]:
    """A vector as integers; the reader gives 0 in place of one that is absent."""
    return () if isinstance(values, int) else tuple(int(value) for value in values)


def _within(index: int, length: int) -> int:
    _require(0 <= index < length, "an index points outside its table")
    return index


def _text(value: bytes | None) -> str:
    """A name fit for one line, whatever the file has in its place."""
    text = (value or b"")[:200].decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise StudyError(f"not a consistent TFLite file: {what}")
