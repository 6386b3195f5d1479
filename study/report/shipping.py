"""What a variant costs to ship: its size under every lossless codec and in its smallest form."""

from collections.abc import Mapping

import pandas as pd

from study.report.inputs import Inputs, Result
from study.report.tables import Record, Row, known, records

NO_CODEC = frozenset({"file_bytes", "gzip_bytes", "arena_bytes", "weight_bytes", "shipped_bytes"})
"""Columns in bytes that are not the size under a further codec."""
WITHIN_PP = 1.0
LIMIT = f"within {WITHIN_PP:g} point of its float32 baseline"


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
    """The size that variants are compared by: the smallest form, or gzip where nothing has been encoded.

    One for the whole report: a size under one codec is no match for one under another.
    """
    return "shipped_bytes" if results["shipped_bytes"].notna().any() else "gzip_bytes"


def size_words(column: str) -> str:
    """What the size of `size_column` is called."""
    return "smallest shippable form" if column == "shipped_bytes" else "gzip size"


def within(results: pd.DataFrame) -> pd.DataFrame:
    """Compressed variants whose top-1 is at most `WITHIN_PP` points below their baseline's."""
    return known(results, "delta_pp").query("delta_pp >= -@WITHIN_PP")


def smallest_within(results: pd.DataFrame) -> dict[str, Record | None]:
    """Architecture -> its smallest compressed variant within a point of its baseline; None: there is none.

    An architecture of which no compressed variant has a size is left out.
    """
    size = size_column(results)
    sized = known(results, size, "delta_pp")
    close = within(sized).sort_values(size, kind="stable").drop_duplicates("arch")
    best = {row["arch"]: row for row in records(close)}
    return {arch: best.get(arch) for arch in sized["arch"].unique()}
