"""What a variant costs to ship: its size under every lossless codec, and its smallest form."""

from collections.abc import Iterable, Mapping, Sequence

from study.report.inputs import Document, Row

NO_CODEC = {"file_bytes", "gzip_bytes", "arena_bytes", "weight_bytes", "shipped_bytes"}
"""Columns in bytes that are not the size under a further codec."""


def shipping(entry: Document | None, sha256: str | None) -> Row:
    """Columns of an entry of the stage that encodes; none where it is missing or of another file than `sha256`."""
    if entry is None or sha256 is None or entry.get("sha256") != sha256:
        return {}
    codecs, smallest = entry["codecs"], entry["smallest"]
    return {f"{name}_bytes": one["bytes"] for name, one in codecs.items()} | {
        "shipped_bytes": codecs[smallest]["bytes"],
        "shipped_codec": smallest,
        "decode_ms": 1000 * codecs[smallest]["decode_seconds"],
    }


CODEC_COLUMNS = ["variant", "codec", "bytes", "decode_ms", "version"]


def codec_rows(exported: Iterable[str], encoded: Mapping[str, Document]) -> list[Row]:
    """Rows of `codecs.csv`: one a variant and codec. Decode times are measurements of the machine that encoded."""
    return [
        {
            "variant": variant,
            "codec": name,
            "bytes": one["bytes"],
            "decode_ms": 1000 * one["decode_seconds"],
            "version": one.get("version"),
        }
        for variant in exported
        if variant in encoded
        for name, one in sorted(encoded[variant]["codecs"].items())
    ]


def codec_columns(rows: Sequence[Row]) -> list[str]:
    """Columns `<codec>_bytes` of the codecs other than gzip, in alphabetical order."""
    return sorted({key for row in rows for key in row if key.endswith("_bytes")} - NO_CODEC)


def size_column(rows: Sequence[Row]) -> str:
    """The size that variants are compared by: the smallest form, or gzip where nothing has been encoded.

    One for the whole report: a size under one codec is no match for one under another.
    """
    return "shipped_bytes" if any(row.get("shipped_bytes") is not None for row in rows) else "gzip_bytes"


def size_words(column: str) -> str:
    """What the size of `size_column` is called."""
    return "smallest shippable form" if column == "shipped_bytes" else "gzip size"
