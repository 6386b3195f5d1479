"""Lossless codecs for shipping a file. Equal input gives equal bytes: no time stamps, no names."""

import gzip
import zlib
from collections.abc import Callable

from study.errors import StudyError

Codec = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=9, mtime=0)


def _gunzip(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise StudyError(f"not a complete gzip file ({error}): make it again") from error


CODECS: dict[str, Codec] = {
    "gzip": (_gzip, _gunzip),
}
"""Name -> (encode, decode). The name is also the file suffix's stem and the column `<name>_bytes`."""
