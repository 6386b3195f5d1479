"""Which file of each architecture to hand on: the smallest within a point of its baseline, if it is small enough."""

from dataclasses import dataclass

import pandas as pd

from study.codecs import FORMATS
from study.report import names
from study.report.phrases import megabytes
from study.report.shipping import LIMIT, size_column, smallest_within
from study.report.tables import Record, Row, known

MOST = 5_000_000
"""Bytes below which a file is handed on."""
PLAIN = "none"
INDEX = "index.csv"
COLUMNS = (
    "arch variant file bytes sha256 codec file_bytes model_sha256 method amount quantization seed top1 test_images "
    "baseline delta_pp ci_low_pp ci_high_pp shipped_bytes shipped_codec preset dataset data_fingerprint"
).split()


@dataclass(frozen=True)
class Shipped:
    """A file to hand on: its row of `results.csv`, its name, the codec that it is in (`none`: the .tflite itself)."""

    row: Record
    file: str
    codec: str


def shipped(results: pd.DataFrame, most: int = MOST) -> tuple[list[Shipped], list[str]]:
    """For each architecture its file, and a line for each that has none.

    It is the .tflite file itself, which can be run as it is, where that is smaller than `most` bytes; else its smallest
    form, where that one is.
    """
    done = known(results, "top1")
    size, found, left_out = size_column(done), [], []
    for arch, row in smallest_within(done).items():
        if row is None:
            left_out.append(f"{names.clean(arch)}: no compressed variant {LIMIT}")
        elif row["file_bytes"] < most:
            found.append(Shipped(row, f"{row['variant']}.tflite", PLAIN))
        elif row[size] < most:
            codec = str(row["shipped_codec"] if size == "shipped_bytes" else "gzip")
            found.append(Shipped(row, f"{row['variant']}.tflite.{FORMATS[codec].suffix}", codec))
        else:
            left_out.append(
                f"{names.clean(arch)}: {row['variant']} has {megabytes(row[size])} in its smallest form, "
                f"{megabytes(most)} or more"
            )
    return found, left_out


def index_row(one: Shipped, bytes_: int, sha256: str) -> Row:
    """The row of `index.csv`: `bytes` and `sha256` of the file handed on, `file_bytes` and `model_sha256` of its
    .tflite file.
    """
    own = {"file": one.file, "bytes": bytes_, "sha256": sha256, "codec": one.codec, "model_sha256": one.row["sha256"]}
    return {key: one.row.get(key) for key in COLUMNS} | own
