"""Raw timing samples as text for JSON: all of them are kept, and a ten-second run holds tens of thousands.

Format: base64 of zlib (level 9) of the samples as little-endian 64-bit integers, transposed to byte planes (all
lowest bytes first, all highest last), so that the planes that hardly change compress to nothing.
"""

import base64
import binascii
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from study.arrays import Ints
from study.errors import StudyError


def pack(samples: npt.ArrayLike) -> str:
    """Samples [n], integers, as text."""
    planes = np.ascontiguousarray(samples, "<i8").view(np.uint8).reshape(-1, 8).T
    return base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode()


def unpack(stored: Any) -> Ints:
    """Samples int64 [n] from `pack`'s text, or from a plain list of integers.

    Raises:
        StudyError: it is neither.
    """
    try:
        if isinstance(stored, str):
            planes = np.frombuffer(zlib.decompress(base64.b64decode(stored, validate=True)), np.uint8)
            return np.ascontiguousarray(planes.reshape(8, -1).T).view("<i8").ravel().astype(np.int64)
        if isinstance(stored, list) and all(type(sample) is int for sample in stored):
            return np.array(stored, np.int64)
    except (binascii.Error, zlib.error, ValueError, OverflowError) as error:
        raise StudyError(f"latency samples are damaged ({error}): measure again") from error
    raise StudyError("latency samples are neither packed text nor a list of integers: measure again")
