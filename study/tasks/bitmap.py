"""Right and wrong answers as text for JSON: base64 of their bits, eight answers a byte, the first one highest."""

import base64
import binascii
from typing import Any

import numpy as np

from study.arrays import Bools
from study.errors import StudyError


def pack(answers: Bools) -> str:
    """Answers bool [N] as text."""
    return base64.b64encode(np.packbits(answers).tobytes()).decode()


def unpack(text: Any, count: int) -> Bools:
    """Answers bool [count] from `pack`'s text.

    Raises:
        StudyError: it is not the text of that many answers.
    """
    try:
        data = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except (binascii.Error, TypeError, ValueError) as error:
        raise StudyError(f"packed answers are damaged ({error}): evaluate again") from error
    bits = np.unpackbits(data)
    if len(data) != -(-count // 8) or bits[count:].any():
        raise StudyError(f"packed answers are not {count} answers: evaluate again")
    return bits[:count].astype(np.bool_)
