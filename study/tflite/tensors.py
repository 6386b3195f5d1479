"""Tensors of a .tflite file and their values, dense or in TFLite's sparse encoding."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from study.arrays import Array, Bytes, Floats32, Ints
from study.tflite.buffers import Buffer
from study.tflite.untrusted import integers, require, rows, text, within

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

_TYPE_NAMES = {value: name for name, value in vars(schema.TensorType).items() if isinstance(value, int)}


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor. `stored` holds the bytes of a constant and is None for an activation; no `scales`, not quantized.

    `sparse`: stored in TFLite's sparse encoding, whose segments and indices take `index_bytes`. `buffer`: tensors of
    one number share bytes of the file, all of them or those of the longest. `any_size`: for each dimension whether the
    file says that any size will do (-1 in `shape_signature`; `shape` has a 1 there); empty where it says nothing.
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
    buffer: int = 0
    any_size: tuple[bool, ...] = ()

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """The shape, None where any size will do."""
        free = self.any_size or (False,) * len(self.shape)
        return tuple(None if any_ else size for size, any_ in zip(self.shape, free, strict=True))

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


def read_tensor(table: Any, buffers: Sequence[Buffer]) -> Tensor:
    """One tensor, from its table.

    Raises:
        StudyError: its shape, scales, encoding or buffer contradict one another.
    """
    shape = integers(table.ShapeAsNumpy())
    require(len(shape) <= RANK, f"a tensor has {len(shape)} dimensions")
    require(all(size >= 0 for size in shape) and prod(shape) < 2**40, f"a tensor has the shape {shape}")
    quantization = table.Quantization()
    scales = np.asarray(quantization.ScaleAsNumpy() if quantization and quantization.ScaleLength() else [], np.float32)
    points = np.asarray(
        quantization.ZeroPointAsNumpy() if quantization and quantization.ZeroPointLength() else np.zeros(len(scales)),
        np.int64,
    )
    declared = integers(table.ShapeSignatureAsNumpy())
    axis = quantization.QuantizedDimension() if quantization else 0
    sparsity = table.Sparsity()
    stored_values, index_bytes = _sparse_sizes(sparsity) if sparsity else (0, 0)
    buffer = buffers[within(table.Buffer(), len(buffers))] if buffers else Buffer(0, None)
    tensor = Tensor(
        name=text(table.Name()),
        shape=shape,
        dtype=_TYPE_NAMES.get(table.Type(), "UNKNOWN"),
        scales=scales,
        zero_points=points,
        axis=axis,
        stored=buffer.content,
        sparse=sparsity is not None,
        variable=bool(table.IsVariable()),
        index_bytes=index_bytes,
        buffer=buffer.number,
        any_size=tuple(size == -1 for size in declared) if len(declared) == len(shape) else (),
    )
    require(len(points) == len(scales), f"tensor '{tensor.name}' has scales and zero points that do not match")
    if len(scales) > 1:
        require(0 <= axis < len(shape) and shape[axis] == len(scales), f"tensor '{tensor.name}' has a wrong axis")
    if tensor.stored is not None and tensor.dtype in (*DTYPES, "INT4"):
        needed = np.dtype(DTYPES.get(tensor.dtype, "i1")).itemsize * stored_values if sparsity else tensor.dense_bytes
        require(len(tensor.stored) == needed, f"tensor '{tensor.name}' and its buffer differ in size")
        require(stored_values <= tensor.elements, f"tensor '{tensor.name}' stores more values than it has elements")
    return tensor


def _sparse_sizes(table: Any) -> tuple[int, int]:
    """Values that a tensor in sparse encoding stores, and bytes of its segments and indices.

    Each dimension (blocks count as further, inner ones) is dense, or compressed as in CSR: one segment boundary more
    than positions so far, and an index for each position that is stored. Source: `SparsityParameters` in schema.fbs.
    """
    stored, bytes_ = 1, 0
    for dimension in rows(table.DimMetadataLength(), table.DimMetadata, lambda entry: entry):
        if dimension.Format() == schema.DimensionType.DENSE:
            stored *= dimension.DenseSize()
        else:
            segments = _vector(dimension.ArraySegmentsType(), dimension.ArraySegments())
            indices = _vector(dimension.ArrayIndicesType(), dimension.ArrayIndices())
            require(len(segments) == stored + 1 and int(segments[-1]) == len(indices), "a sparse tensor is incomplete")
            stored, bytes_ = len(indices), bytes_ + segments.nbytes + indices.nbytes
        require(0 <= stored < 2**40, f"a sparse tensor stores {stored} values")
    return stored, bytes_


def _vector(kind: int, table: Any) -> Array:
    vectors: dict[int, Any] = {1: schema.Int32Vector, 2: schema.Uint16Vector, 3: schema.Uint8Vector}
    require(kind in vectors and table is not None, "a sparse tensor lacks its indices")
    vector = vectors[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy() if vector.ValuesLength() else np.zeros(0, np.uint8))
