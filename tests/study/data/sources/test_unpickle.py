"""Arrays and plain values come back; a pickle that asks for anything else runs nothing."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from study.data.sources.unpickle import unpickle
from study.errors import StudyError

VALUE: dict[bytes, Any] = {
    b"data": np.arange(12, dtype=np.uint8).reshape(3, 4),
    b"labels": [1, 2, 3],
    b"name": b"batch 1 of 5",
}


class Calls:
    """Pickles as a call of `function` with `arguments`."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_arrays_and_plain_values(protocol: int) -> None:
    read = unpickle(pickle.dumps(VALUE, protocol), "batch")
    assert np.array_equal(read[b"data"], VALUE[b"data"])
    assert read[b"labels"] == [1, 2, 3]
    assert read[b"name"] == b"batch 1 of 5"


def test_a_pickle_as_python_2_wrote_it() -> None:
    """Byte strings are str there (opcode U), which `encoding="bytes"` reads back as bytes."""
    dtype = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNN" + 2 * b"J\xff\xff\xff\xff" + b"K\x00tb"
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    array = empty + b"(K\x01K\x02K\x02\x86" + dtype + b"\x89U\x04abcdtb"
    data = b"\x80\x02}(U\x04data" + array + b"U\x06labels](K\x07K\x08eu."
    read = unpickle(data, "batch")
    assert read[b"data"].tolist() == [[97, 98], [99, 100]]
    assert read[b"labels"] == [7, 8]


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_nothing_is_run(tmp_path: Path, protocol: int) -> None:
    mark = tmp_path / "mark"
    for hostile in (Calls(os.system, f"touch {mark}"), Calls(eval, f"open({str(mark)!r}, 'w')")):
        for value in (hostile, {**VALUE, b"extra": hostile}, [VALUE, (1, hostile)]):
            with pytest.raises(
                StudyError,
                match=r"batch 7 is refused as a pickle: it asks for (posix|nt|builtins|__builtin__)",
            ):
                unpickle(pickle.dumps(value, protocol), "batch 7")
    assert not mark.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.data\x93.",  # A dotted name reaches for attributes.
        b"cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
        b"cnumpy\nload\n(S'/etc/passwd'\ntR.",
        b"c_codecs\nencode\n(V00\nVhex\ntR.",
        b"Psomewhere\n.",
        b"",
        b"\x80",
        b"garbage",
        pickle.dumps(VALUE, 2)[:-20],
    ],
)
def test_hostile_and_damaged_pickles(data: bytes) -> None:
    with pytest.raises(StudyError, match="batch is refused as a pickle"):
        unpickle(data, "batch")
