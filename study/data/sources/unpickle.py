"""Read a pickle of plain values and NumPy arrays, and of nothing else."""

import io
import pickle
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from study.errors import StudyError


def _encode(text: str, encoding: str) -> bytes:
    """Stand in for `_codecs.encode`, which Python 3 puts into protocol 2 for bytes: that one use alone."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"encoding {encoding!r:.40}")
    return text.encode("latin1")


_reconstruct: Any = np.empty(0).__reduce__()[0]  # Its module moved between NumPy 1 and 2.

# The names that a pickled uint8 array refers to (NumPy 1 and 2). Looking anything else up could run code.
ADMITTED: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encode,
}


class _Arrays(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        if (module, name) not in ADMITTED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is not part of an array")
        return ADMITTED[module, name]

    def persistent_load(self, pid: Any) -> NoReturn:
        raise pickle.UnpicklingError("it refers to objects outside itself")


def unpickle(data: bytes, name: str) -> Any:
    """Return the value pickled in `data` (strings of Python 2 as bytes); `name` stands in the message.

    Raises:
        StudyError: the pickle is damaged or asks for anything but arrays and plain values; nothing of it was
            run.
    """
    try:
        return _Arrays(io.BytesIO(data), encoding="bytes").load()
    except Exception as error:  # A damaged pickle fails in any way at all: KeyError, EOFError, TypeError, ...
        raise StudyError(f"{name} is refused as a pickle: {error or type(error).__name__}") from error
