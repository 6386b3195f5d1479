"""Lossless codecs for shipping a file. Equal input gives equal bytes: no time stamps, no names, one thread.

gzip, zopfli, zstd and xz carry a checksum, so a damaged file is found when it is decoded. Brotli's format has none:
a cut one is always found, a changed byte only where the stream stops making sense.
"""

import gzip
import lzma
import platform
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli
import zopfli
import zopfli.gzip
import zstandard

from study.errors import StudyError

Codec = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]


@dataclass(frozen=True)
class Format:
    """One codec: what it makes, and all that the bytes depend on besides the input.

    `suffix` is that of the shipped file without its dot, `version` that of the library, `settings` what it is told.
    A change of either of the last two means that earlier results are no longer those of this codec.
    """

    encode: Callable[[bytes], bytes]
    decode: Callable[[bytes], bytes]
    suffix: str
    version: str
    settings: str


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=9, mtime=0)


def _zopfli(data: bytes) -> bytes:
    # On weights of 9 MB, 15 iterations take up to twice the time of 5 for 0.3 % less at best; a single one leaves
    # up to 9 % on pruned int8 weights.
    return bytes(zopfli.gzip.compress(data, numiterations=5))


def _gunzip(data: bytes) -> bytes:
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        return _whole(stream, stream.decompress(data))
    except (EOFError, MemoryError, zlib.error) as error:
        raise _damaged("gzip", error) from error


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=22, write_checksum=True, write_content_size=True).compress(data)


def _unzstd(data: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(data, allow_extra_data=False)
    except (MemoryError, zstandard.ZstdError) as error:
        raise _damaged("zstd", error) from error


def _brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=11, lgwin=24))


def _unbrotli(data: bytes) -> bytes:
    try:
        return bytes(brotli.decompress(data))
    except (MemoryError, brotli.error) as error:
        raise _damaged("brotli", error) from error


def _xz(data: bytes) -> bytes:
    return lzma.compress(data, format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)


def _unxz(data: bytes) -> bytes:
    stream = lzma.LZMADecompressor(lzma.FORMAT_XZ)
    try:
        return _whole(stream, stream.decompress(data))
    except (EOFError, MemoryError, lzma.LZMAError) as error:
        raise _damaged("xz", error) from error


def _whole(stream: "zlib._Decompress | lzma.LZMADecompressor", data: bytes) -> bytes:
    """Decoded data, if the stream has come to its end and nothing follows."""
    if not stream.eof:
        raise EOFError("it ends early")
    if stream.unused_data:
        raise EOFError("something follows its end")
    return data


def _damaged(name: str, error: Exception) -> StudyError:
    return StudyError(f"not a complete {name} file ({' '.join(str(error).split()) or 'no memory'}): make it again")


FORMATS: dict[str, Format] = {
    "gzip": Format(_gzip, _gunzip, "gz", f"zlib {zlib.ZLIB_RUNTIME_VERSION}", "level 9"),
    "zopfli": Format(_zopfli, _gunzip, "gz", f"zopfli {zopfli.__version__}", "5 iterations"),
    "zstd": Format(_zstd, _unzstd, "zst", f"zstd {'.'.join(map(str, zstandard.ZSTD_VERSION))}", "level 22, checksum"),
    "brotli": Format(_brotli, _unbrotli, "br", f"brotli {brotli.__version__}", "quality 11, lgwin 24"),
    # liblzma comes with the interpreter and does not tell its own version there.
    "xz": Format(_xz, _unxz, "xz", f"Python {platform.python_version()}", "preset 9 extreme, crc64"),
}
"""Name -> codec. The name is also the column `<name>_bytes`."""

CODECS: dict[str, Codec] = {name: (one.encode, one.decode) for name, one in FORMATS.items()}
"""Name -> (encode, decode). Damaged bytes raise StudyError."""
