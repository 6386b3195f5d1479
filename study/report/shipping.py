"""What a variant costs to ship: what is transferred, in its smallest lossless form, and what then lies on flash."""

from collections.abc import Mapping

import pandas as pd

from study.report.inputs import Inputs, Result
from study.report.tables import Record, Row, known, records
from study.report.treatments import KEYS

NO_CODEC = frozenset({"file_bytes", "gzip_bytes", "arena_bytes", "weight_bytes", "shipped_bytes"})
"""Columns in bytes that are not the size under a further codec."""
WITHIN_PP = 1.0
LIMIT = f"within {WITHIN_PP:g} point of its float32 baseline"
TRANSFER, FLASH = "transfer", "flash"
"""What a variant may be the smallest in."""
FLASH_BYTES = "file_bytes"
ZEROS = (
    "Zeros of unstructured pruning save the transfer and not the flash, unless they are stored sparse (schemes "
    "float32_sparse and int8_sparse)."
)


def shipping(inputs: Inputs, result: Result) -> Row:
    """`<codec>_bytes` of every codec, and codec, bytes and decode time (private: a measurement) of the smallest form.

    Nothing where the file has not been encoded, or another one than was evaluated.
    """
    entry = inputs.encoded.get(result.variant.name)
    if entry is None or not result.evaluation or entry.get("sha256") != result.evaluation.sha256:
        return {}
    codecs: Mapping[str, Mapping[str, float]] = entry["codecs"]
    smallest = str(entry["smallest"])
    return {
        **{f"{name}_bytes": one["bytes"] for name, one in codecs.items()},
        "shipped_bytes": codecs[smallest]["bytes"],
        "shipped_codec": smallest,
        "_decode_ms": 1000 * codecs[smallest]["decode_seconds"],
    }


def codec_columns(results: pd.DataFrame) -> list[str]:
    """Columns `<codec>_bytes` of the codecs other than gzip, in alphabetical order."""
    return sorted({key for key in results.columns if key.endswith("_bytes")} - NO_CODEC)


def size_column(results: pd.DataFrame) -> str:
    """What is transferred of a variant: its smallest form, or that of gzip where nothing has been encoded.

    One for the whole report: a size under one codec is no match for one under another.
    """
    return "shipped_bytes" if results["shipped_bytes"].notna().any() else "gzip_bytes"


def size_words(column: str) -> str:
    """What the size of `size_column` is called."""
    return "transferred size" if column == "shipped_bytes" else "gzip size"


def codec_of(row: Record, column: str) -> str:
    """The codec that makes the form of `size_column`."""
    return str(row["shipped_codec"]) if column == "shipped_bytes" else "gzip"


def both_sizes(column: str) -> str:
    """What the two sizes of a variant are, and which of them zeros save; for wherever sizes stand."""
    form = "the smallest of its lossless forms, with the codec" if column == "shipped_bytes" else "its form under gzip"
    return f"Transferred: {form}. On flash: the .tflite file itself, which the interpreter needs whole. {ZEROS}"


def within(results: pd.DataFrame) -> pd.DataFrame:
    """Compressed variants whose top-1 is at most `WITHIN_PP` points below their baseline's.

    Of several seeds the mean has to hold too, and none may have collapsed: the luckiest of them proves nothing.
    """
    rows = known(results, "delta_pp")
    seeds = rows.groupby(KEYS, sort=False)
    mean, collapsed = seeds["delta_pp"].transform("mean"), seeds["collapsed"].transform("count")
    return rows[(rows["delta_pp"] >= -WITHIN_PP) & (mean >= -WITHIN_PP) & (collapsed == 0)]


def sizes(results: pd.DataFrame, where: str) -> list[str]:
    """The columns of both sizes, that of `where` (`TRANSFER` or `FLASH`) first.

    Sort by both: all sparsities of a scheme take the same flash, and of equals the one with less to transfer is the
    smaller.
    """
    transfer = size_column(results)
    return [transfer, FLASH_BYTES] if where == TRANSFER else [FLASH_BYTES, transfer]


def smallest_within(results: pd.DataFrame, where: str) -> dict[str, Record | None]:
    """Architecture -> its smallest compressed variant within a point of its baseline; None: there is none.

    `where` is as in `sizes`. An architecture of which no compressed variant has sizes is left out.
    """
    keys = sizes(results, where)
    sized = known(results, *keys, "delta_pp")
    close = within(sized).sort_values(keys, kind="stable").drop_duplicates("arch")
    best = {row["arch"]: row for row in records(close)}
    return {arch: best.get(arch) for arch in sized["arch"].unique()}
