"""The same .tflite file with its constants stored once.

A file of several levels holds much of a network several times, and an IF whose branch is zero holds zeros for each of
its gates. What is stored once, by what the format allows:

- Equal vectors of the tables: zero points, shapes, constants, and names. A flatbuffer may point at one vector from
  several places, and every reader follows.
- If that saves much, a constant that is the start of a longer one, as a kernel is of the same layer's with more
  outputs. `Buffer.offset` and `Buffer.size` (`schema.fbs`) point both into one region behind the tables. The
  interpreters of LiteRT, TensorFlow and tflite-runtime 2.14 follow. TensorFlow's converter does not: its passes
  (`mlir_quantize`, `mlir_sparsify`, 2.19) take other values for such constants and say nothing, so pack last.

LiteRT's cache of packed weights (`xnnpack_weight_cache_path`) knows a layer by where its kernel and its bias start, not
by how much it reads nor by its scales. With both at the start of a wider layer's, it answered with that layer's weights
(ai-edge-litert 2.3). So biases stay as they are, and kernels without one: of two layers one of the places differs.

Quantization parameters have no offset: scales that differ stay where they are.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from study.arrays import Array
from study.tflite.edit import pack, unpack
from study.tflite.parse import Graph, parse
from study.tflite.weights import KERNEL_AND_BIAS, constant, producers

ALIGNED = 64
"""Constants behind the tables start at multiples of this: a line of a cache."""

IN_TABLES = 16
"""Constants inside the tables do: `force_align` of schema.fbs."""

WORTH = 0.01
"""Share of the file that constants behind the tables must save, since some readers do not find them there."""

SMALLEST = 64
"""Bytes of a constant that is moved behind the tables: offset and size take 16, the alignment of another up to 63."""


def packed(tflite: bytes) -> bytes:
    """Store once what is stored several times, if that makes a converter's file smaller; else return it unchanged.

    Outputs keep their bits, and equal files are packed to equal bytes. What is appended to a file without a buffer
    that points at it would be lost.

    Raises:
        StudyError: as `unpack`.
    """
    model = unpack(tflite)
    apart = _told_by_place(parse(tflite).subgraphs)
    inside = pack(model, _Once(apart))
    behind = _with_starts_behind(model, apart)
    found = behind if len(behind) < (1 - WORTH) * len(inside) else inside
    return found if len(found) < len(tflite) else tflite


def _with_starts_behind(model: schema.ModelT, apart: Collection[bytes]) -> bytes:
    """The file whose constants that start a longer one, and the longer ones, lie behind its tables, but for `apart`."""
    places, region = _shared({number: held for number, held in _constants(model).items() if held not in apart})
    for number, place in places.items():
        buffer = model.buffers[number]
        buffer.data, buffer.offset, buffer.size = None, ALIGNED + place.start, len(place)
    # Offsets count from the start of the file, and the tables are as large whatever they say.
    start = _up(len(pack(model, _Once(apart))))
    for number, place in places.items():
        model.buffers[number].offset = start + place.start
    return pack(model, _Once(apart)).ljust(start, b"\0") + region


def _constants(model: schema.ModelT) -> dict[int, bytes]:
    """Buffer -> bytes of the constant, where a tensor has it. Metadata stays: runtimes look for it in the tables."""
    used = {tensor.buffer for graph in model.subgraphs for tensor in graph.tensors}
    kept = {entry.buffer for entry in model.metadata or ()}
    found = {number: model.buffers[number].data for number in sorted(used - kept)}
    return {number: bytes(data) for number, data in found.items() if data is not None and len(data) >= SMALLEST}


def _told_by_place(subgraphs: Sequence[Graph]) -> set[bytes]:
    """Biases, and kernels without one."""
    found = set()
    for graph in subgraphs:
        made = producers(graph)
        for operator in graph.operators:
            weights = [constant(graph, operator, at, made) for at in KERNEL_AND_BIAS.get(operator.name, ())]
            stored = [graph.tensors[index].stored for index in weights if index is not None]
            if stored and (last := stored[-1]) is not None:
                found.add(last.tobytes())
    return found


def _shared(constants: Mapping[int, bytes]) -> tuple[dict[int, range], bytes]:
    """Buffer -> where in a region its constant lies, of those that start a longer one and of the longer ones."""
    longest: dict[bytes, bytes] = {}
    after = b""
    for content in sorted(set(constants.values()), reverse=True):
        # What starts some other starts all that sort between them, so the next one too.
        longest[content] = longest[after] if after.startswith(content) else content
        after = content
    holders = {holder for content, holder in longest.items() if content is not holder}
    region, starts, places = bytearray(), dict[bytes, int](), dict[int, range]()
    for number, content in constants.items():
        holder = longest[content]
        if holder not in holders:
            continue
        if holder not in starts:
            starts[holder] = _up(len(region))
            region += bytes(starts[holder] - len(region)) + holder
        places[number] = range(starts[holder], starts[holder] + len(content))
    return places, bytes(region)


def _up(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED


class _Once:
    """A flatbuffers.Builder that writes equal vectors, and equal names, once; but for constants that are `apart`."""

    def __init__(self, apart: Collection[bytes]) -> None:
        self.builder = flatbuffers.Builder()
        self.apart = apart
        self.written: dict[tuple[int, bytes], int] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.builder, name)

    def CreateNumpyVector(self, values: Array) -> int:
        key = values.itemsize, values.tobytes()
        if key not in self.written or key[1] in self.apart:
            if values.itemsize == 1:
                self.builder.Prep(IN_TABLES, values.size)
            self.written[key] = self.builder.CreateNumpyVector(values)
        return self.written[key]

    def CreateString(self, name: bytes) -> int:
        return int(self.builder.CreateSharedString(name))
