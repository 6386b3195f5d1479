"""Constants behind the tables, and those that share bytes: where they lie is checked before anything reads them."""

from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from constants import with_constants

from study.errors import StudyError
from study.tflite.buffers import read_buffers
from study.tflite.edit import pack, unpack
from study.tflite.facts import read
from study.tflite.parse import parse

BEHIND = bytes(range(1, 201))


def behind(tflite: bytes, *places: tuple[int, int]) -> tuple[bytes, list[int]]:
    """A file with `BEHIND` behind its tables and constants at these places of it, and the numbers of their buffers."""
    end = 10**6
    for _ in range(2):  # the tables are as large whatever an offset is
        model, numbers = with_constants(tflite, *((end + first, size) for first, size in places))
        end = len(pack(model))
    return pack(model) + BEHIND, numbers


def found(tflite: bytes, numbers: list[int]) -> list[tuple[int, bytes | None]]:
    buffers = read_buffers(schema.Model.GetRootAs(tflite, 0), tflite)
    return [
        (buffers[number].number, None if (content := buffers[number].content) is None else content.tobytes())
        for number in numbers
    ]


def test_a_constant_behind_the_tables_is_read_there(tiny: dict[str, bytes]) -> None:
    tflite, (first, last) = behind(tiny["float32"], (0, 7), (150, 50))
    assert found(tflite, [first, last]) == [(first, BEHIND[:7]), (last, BEHIND[150:])]
    assert [tensor.values.tobytes() for tensor in parse(tflite).subgraphs[0].tensors[-2:]] == [BEHIND[:7], BEHIND[150:]]


@pytest.mark.parametrize(
    "places, holders",
    [
        ([(0, 100), (0, 100)], [0, 0]),
        ([(0, 100), (0, 60)], [0, 0]),
        ([(0, 60), (0, 100), (0, 80)], [1, 1, 1]),
        ([(20, 30), (0, 100), (99, 1)], [1, 1, 1]),
        ([(0, 100), (99, 2)], [0, 1]),
        ([(0, 100), (50, 100), (90, 60), (60, 30)], [0, 1, 1, 1]),
        ([(0, 100), (100, 100)], [0, 1]),
        ([(0, 100), (50, 0)], [0, 1]),
    ],
)
def test_a_constant_within_another_has_its_number(
    tiny: dict[str, bytes], places: list[tuple[int, int]], holders: list[int]
) -> None:
    tflite, numbers = behind(tiny["float32"], *places)
    assert [number for number, _ in found(tflite, numbers)] == [numbers[holder] for holder in holders]
    contents = [content for _, content in found(tflite, numbers)]
    assert contents == [BEHIND[start : start + size] for start, size in places]


def test_a_vector_that_two_buffers_point_at_is_one(tiny: dict[str, bytes]) -> None:
    model, (one, other) = with_constants(tiny["float32"], b"a" * 99, b"b" * 99)
    tflite = bytearray(pack(model))
    root = schema.Model.GetRootAs(tflite, 0)
    vectors = [root.Buffers(number)._tab for number in (one, other)]
    places = [table.Pos + table.Offset(4) for table in vectors]
    start = vectors[0].Vector(vectors[0].Offset(4)) - 4  # of the length, which the offset points at
    tflite[places[1] : places[1] + 4] = (start - places[1]).to_bytes(4, "little")
    assert found(bytes(tflite), [one, other]) == [(one, b"a" * 99)] * 2


@pytest.mark.parametrize("start", [0, 199])
def test_to_the_last_byte_and_no_further(tiny: dict[str, bytes], start: int) -> None:
    tflite, numbers = behind(tiny["float32"], (start, 200 - start))
    assert found(tflite, numbers) == [(numbers[0], BEHIND[start:])]
    for size in (201 - start, 2**31, 2**63, 2**64 - 1):
        refused(behind(tiny["float32"], (start, size))[0], "a buffer reaches beyond the end")


@pytest.mark.parametrize("offset", [2**64 - 1, 2**64 - 64, 2**63, 2**32 - 1, 10**6])
@pytest.mark.parametrize("size", [0, 64, 2**64 - 1])
def test_an_offset_beyond_the_end_is_refused(tiny: dict[str, bytes], offset: int, size: int) -> None:
    refused(pack(with_constants(tiny["float32"], (offset, size))[0]), "a buffer reaches beyond the end")


def test_no_constant_begins_inside_the_tables(tiny: dict[str, bytes]) -> None:
    end = len(behind(tiny["int8"], (0, 200))[0]) - 200
    for start in (*range(2 - end, 0, 61), -1):
        refused(behind(tiny["int8"], (start, 64))[0], "a buffer reaches into the tables")


def test_a_constant_in_two_places_is_refused(tiny: dict[str, bytes]) -> None:
    model, (number,) = with_constants(tiny["float32"], b"a" * 64)
    model.buffers[number].offset, model.buffers[number].size = len(pack(model)) + 64, 64
    refused(pack(model) + bytes(256), "a buffer lies in two places")


def refused(tflite: bytes, said: str) -> None:
    """By everything that reads a file's tables."""
    readers: list[Any] = [parse, read, unpack]
    for reader in readers:
        with pytest.raises(StudyError, match=f"not a consistent TFLite file: {said}") as caught:
            reader(tflite)
        assert "\n" not in str(caught.value)


def test_unpacked_tables_hold_what_lay_behind_them(tiny: dict[str, bytes]) -> None:
    tflite, numbers = behind(tiny["float32"], (0, 100), (0, 60))
    model = unpack(tflite)
    assert [model.buffers[number].data.tobytes() for number in numbers] == [BEHIND[:100], BEHIND[:60]]
    again = parse(pack(model))
    assert [tensor.values.tobytes() for tensor in again.subgraphs[0].tensors[-2:]] == [BEHIND[:100], BEHIND[:60]]
    before = {number: buffer.data for number, buffer in enumerate(unpack(tiny["float32"]).buffers)}
    assert all(np.array_equal(model.buffers[number].data, data) for number, data in before.items())


def test_unpacked_operators_hold_options_that_lay_behind_the_tables(tiny: dict[str, bytes]) -> None:
    model = unpack(tiny["float32"])
    model.subgraphs[0].operators[0].largeCustomOptionsOffset = 2
    model.subgraphs[0].operators[0].largeCustomOptionsSize = 5
    start = model.subgraphs[0].operators[0].largeCustomOptionsOffset = len(pack(model))
    operator = unpack(pack(model) + BEHIND).subgraphs[0].operators[0]
    assert start > 2 and operator.customOptions.tobytes() == BEHIND[:5]
    assert (operator.largeCustomOptionsOffset, operator.largeCustomOptionsSize) == (0, 0)
