"""Buffers of a .tflite file: the bytes of its constants, inside its tables or behind them.

`Buffer.offset` and `Buffer.size` of `schema.fbs` point behind the tables, where files above 2 GB keep their constants
and where one constant may be the start of another (see packing.py). Vectors inside the tables may be shared too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flatbuffers.number_types import SOffsetTFlags, VOffsetTFlags

from study.arrays import Bytes
from study.tflite.untrusted import require, rows


@dataclass(frozen=True, eq=False)
class Buffer:
    """Bytes of the file that tensors may share; None where nothing is stored.

    `number`: of a buffer whose bytes lie within those of another, that of the other; of several over the same bytes,
    that of the first.
    """

    number: int
    content: Bytes | None


def read_buffers(model: Any, data: bytes) -> list[Buffer]:
    """All buffers of a file, from its root table and its bytes.

    Raises:
        StudyError: a buffer reaches beyond the end or into the tables, or lies in two places.
    """
    tables = rows(model.BuffersLength(), model.Buffers, lambda table: table)
    places = [_place(table) for table in tables]
    require(all(place is None or place.stop <= len(data) for place in places), "a buffer reaches beyond the end")
    behind = [place for table, place in zip(tables, places, strict=True) if place and table.Offset() > 1]
    if behind:
        ends = max(_ends(model, tables))
        require(all(place.start >= ends for place in behind), "a buffer reaches into the tables")
    holders = _holders(places)
    return [
        Buffer(holder, None if place is None else np.frombuffer(data, np.uint8, len(place), place.start))
        for holder, place in zip(holders, places, strict=True)
    ]


def _place(table: Any) -> range | None:
    """Where in the file the bytes of a buffer lie; the runtimes take no offset below 2 for one."""
    if table.Offset() <= 1:
        return _vector(table) if table.DataLength() else None
    require(table.DataIsNone(), "a buffer lies in two places")
    return range(table.Offset(), table.Offset() + table.Size())


def _vector(table: Any) -> range:
    start = table._tab.Vector(table._tab.Offset(4))  # field `data`, the first of Buffer
    return range(start, start + table.DataLength())


def _ends(model: Any, buffers: Sequence[Any]) -> Iterator[int]:
    """Where the tables of a file end, and the constants among them."""
    graphs = rows(model.SubgraphsLength(), model.Subgraphs, lambda table: table)
    codes = rows(model.OperatorCodesLength(), model.OperatorCodes, lambda table: table)
    for table in (model, *codes, *buffers, *graphs):
        yield _end(table)
    for graph in graphs:
        yield from rows(graph.TensorsLength(), graph.Tensors, _end)
        yield from rows(graph.OperatorsLength(), graph.Operators, _end)
    yield from (_vector(table).stop for table in buffers if table.DataLength())


def _end(table: Any) -> int:
    """End of the inline part of a table, whose size is the second entry of its vtable."""
    start = table._tab.Pos
    size = table._tab.Get(VOffsetTFlags, start - table._tab.Get(SOffsetTFlags, start) + 2)
    return int(start + size)


def _holders(places: Sequence[range | None]) -> list[int]:
    """For each place the number of one that holds it and lies in no other, of equal ones the first."""
    holders = list(range(len(places)))
    found = [(place.start, -place.stop, number) for number, place in enumerate(places) if place]
    last = 0, -1
    for _, minus_stop, number in sorted(found):
        if -minus_stop > last[1]:
            last = number, -minus_stop
        holders[number] = last[0]
    return holders
