"""A file under several lossless codecs: what each makes of it, how long decoding takes, which form is the smallest."""

import hashlib
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from study.codecs import FORMATS, Format
from study.errors import StudyError

DECODES = 5


@dataclass(frozen=True)
class Encoded:
    """What one codec made of a file: bytes, seconds to decode them; `version` and `settings` are those of `Format`."""

    bytes: int
    decode_seconds: float
    version: str
    settings: str


def select(names: Sequence[str]) -> dict[str, Format]:
    """The codecs of these names, in their order.

    Raises:
        StudyError: a name is unknown or given twice.
    """
    for name in names:
        if name not in FORMATS or names.count(name) > 1:
            raise StudyError(f"'{name}' is unknown or given twice: choose from {', '.join(FORMATS)}")
    return {name: FORMATS[name] for name in names}


def entry(data: bytes, forms: Mapping[str, bytes]) -> dict[str, Any]:
    """The record of a file (`sha256`, `codecs`, `smallest`) from its encoded forms, codec -> bytes. Times the decoders.

    Raises:
        StudyError: a form does not give the file back.
    """
    codecs = {name: asdict(_measured(data, name, form)) for name, form in forms.items()}
    return {"sha256": _sha256(data), "codecs": codecs, "smallest": _smallest(codecs)}


def is_current(found: Mapping[str, Any], data: bytes, form: bytes, formats: Mapping[str, Format]) -> bool:
    """Whether a record is whole and of this file by these codecs, and `form`, its smallest, gives the file back.

    Raises:
        AttributeError, KeyError, TypeError: the record has another shape.
        StudyError: the form is damaged.
    """
    codecs, smallest = found["codecs"], found["smallest"]
    made_by = {name: (one["version"], one["settings"]) for name, one in codecs.items()}
    return (
        found["sha256"] == _sha256(data)
        and made_by == {name: (one.version, one.settings) for name, one in formats.items()}
        and all(one["bytes"] > 0 and one["decode_seconds"] > 0 for one in codecs.values())
        and (smallest, len(form)) == (_smallest(codecs), codecs[smallest]["bytes"])
        and FORMATS[smallest].decode(form) == data
    )


def _measured(data: bytes, name: str, form: bytes) -> Encoded:
    """Median time over `DECODES` decodings, after a first one that must give the file back."""
    codec = FORMATS[name]
    if codec.decode(form) != data:
        raise StudyError(f"{name} does not give the file back: install the version that constraints.txt names")
    seconds = statistics.median(_seconds(codec.decode, form) for _ in range(DECODES))
    return Encoded(len(form), seconds, codec.version, codec.settings)


def _seconds(decode: Callable[[bytes], bytes], form: bytes) -> float:
    start = time.perf_counter()
    decode(form)
    return time.perf_counter() - start


def _smallest(codecs: Mapping[str, Mapping[str, Any]]) -> str:
    """The first in order where several are equal."""
    return min(codecs, key=lambda name: int(codecs[name]["bytes"]))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
