"""Which files of each architecture to hand on: of those within a point of its baseline, the smallest to transfer, in
that form, and the smallest on flash, as the .tflite file that can be flashed as it is.
"""

import hashlib
from dataclasses import dataclass

import pandas as pd

from study.codecs import FORMATS
from study.errors import StudyError
from study.report import names
from study.report.phrases import megabytes
from study.report.shipping import FLASH, FLASH_BYTES, LIMIT, TRANSFER, codec_of, size_column, smallest_within
from study.report.tables import Record, Row, known
from study.report.treatments import file_of

MOST = 5_000_000
"""Bytes below which a file is handed on."""
PLAIN = "none"
INDEX = "index.csv"
COLUMNS = (
    "arch smallest variant file bytes sha256 codec file_bytes model_sha256 method amount level quantization seed top1 "
    "test_images baseline delta_pp ci_low_pp ci_high_pp shipped_bytes shipped_codec preset dataset data_fingerprint"
).split()


@dataclass(frozen=True)
class Shipped:
    """A file to hand on: its row of `results.csv`, what it is the smallest in (`TRANSFER` or `FLASH`), the codec that
    it is in (`none`: the .tflite file itself), and its bytes.
    """

    row: Record
    smallest: str
    codec: str
    bytes: int

    @property
    def file(self) -> str:
        """Its name."""
        suffix = "" if self.codec == PLAIN else f".{FORMATS[self.codec].suffix}"
        return f"{file_of(self.row)}.tflite{suffix}"


def shipped(results: pd.DataFrame, most: int = MOST) -> tuple[list[Shipped], list[str]]:
    """For each architecture its files of less than `most` bytes, and a line for each that it lacks."""
    done = known(results, "top1")
    size, found, left_out = size_column(done), [], []
    best = {where: smallest_within(done, where) for where in (TRANSFER, FLASH)}
    for arch, row in best[TRANSFER].items():
        flashed = best[FLASH].get(arch)
        if row is None or flashed is None:
            left_out.append(f"{names.clean(arch)}: no compressed variant {LIMIT}")
            continue
        for one in (
            Shipped(row, TRANSFER, codec_of(row, size), int(row[size])),
            Shipped(flashed, FLASH, PLAIN, int(flashed[FLASH_BYTES])),
        ):
            if one.bytes < most:
                found.append(one)
            else:
                left_out.append(
                    f"{names.clean(arch)}: {one.file} has {megabytes(one.bytes)}, {megabytes(most)} or more"
                )
    return found, left_out


def model_of(content: bytes, codec: str) -> bytes:
    """The .tflite file that a file holds.

    Raises:
        StudyError: the codec is unknown, or the content damaged.
    """
    if codec != PLAIN and codec not in FORMATS:
        raise StudyError(f"'{codec}' is no codec: choose from {', '.join([PLAIN, *FORMATS])}")
    return content if codec == PLAIN else FORMATS[codec].decode(content)


def sha256_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def index_row(one: Shipped, content: bytes) -> Row:
    """The row of `index.csv`: `bytes` and `sha256` of the file handed on, `file_bytes` and `model_sha256` of its
    .tflite file.
    """
    own = {"smallest": one.smallest, "file": one.file, "bytes": len(content), "sha256": sha256_of(content)}
    own |= {"codec": one.codec, "model_sha256": one.row["sha256"]}
    return {key: one.row.get(key) for key in COLUMNS} | own
