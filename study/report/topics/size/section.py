"""The section on size: what a variant costs to transfer and on flash, and what is bought with it."""

from collections.abc import Collection

import pandas as pd

from study.report import names
from study.report.blocks import Block, Fold, Section, Table, picture
from study.report.pareto import front_rows
from study.report.shipping import FLASH_BYTES, ZEROS, both_sizes, codec_columns, size_column, size_words
from study.report.shown import numbered, plain
from study.report.tables import Tables, known
from study.report.topics.size.charts import ALL_OF_THEM, EACH, GAINS
from study.report.treatments import has_levels, one_a_file

FRONTS = {
    "top1": "The Pareto front of top-1: no other variant is at once smaller to transfer and more accurate.",
    "worst_class_accuracy": "The Pareto front of the worst class: no other variant is at once smaller to transfer and "
    "better in the class that it does worst.",
}
SHIPPING = (
    "Both sizes of each variant in MB of 1,000,000 bytes, the time that it takes to restore the .tflite file from what "
    "is transferred, on the machine that encoded it, and every codec."
)
ONCE = " A file of several levels stands here once, by its widest level."


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Sizes under every codec, the fronts of all variants, and those of each architecture."""
    results = tables["results"]
    column = size_column(results)
    small, once = size_words(column), ONCE if has_levels(results) else ""
    blocks: list[Block] = [
        *picture(
            drawn,
            "size",
            f"Both sizes of every variant: on flash, and {small}",
            f"Both sizes of each variant in MB (1,000,000 bytes): on flash at the right end of a line, {small} at the "
            f"left. {both_sizes(column)}",
        ),
        *picture(
            drawn,
            "codec_share",
            "Share of the file that each lossless codec leaves, by recipe and scheme",
            "What each lossless codec leaves of the .tflite file: median over architectures, further left is smaller. "
            "Each recipe has a scale of its own.",
        ),
    ]
    if column == "shipped_bytes":
        keys = ["variant", "shipped_bytes", FLASH_BYTES, "decode_ms", "gzip_bytes", *codec_columns(results)]
        shown = one_a_file(results).rename(columns={"_decode_ms": "decode_ms"})
        blocks.append(plain("shipping", f"{SHIPPING}{once} {both_sizes(column)}", shown, keys))
    blocks += picture(
        drawn,
        ALL_OF_THEM,
        f"Top-1 and accuracy of the worst class against {small} with their Pareto fronts",
        f"Top-1, and the accuracy of the class that a variant does worst, against its {small}. Numbered points "
        f"form the Pareto front; grey ones are dominated. {ZEROS} Both sizes stand in the tables of "
        "the fronts. An estimate of the worst class is a low one: the minimum of several classes falls below what "
        f"more images would show.{once}",
    )
    blocks += _fronts("front", results, column)
    apart = picture(
        drawn,
        EACH,
        f"Top-1 and accuracy of the worst class against {small}, a line of panels an architecture",
        f"The same within each architecture, against the {small}, each panel with its own front; colours tell the "
        f"recipes. {ZEROS}",
    )
    if apart:
        each = results.groupby("arch", sort=False)
        points = [one for arch, own in each for one in _fronts(f"front-{arch}", own, column, f"{arch}. ")]
        blocks.append(Fold("Each architecture", (*apart, Fold("The numbered points", tuple(points), False)), False))
    return Section("size", "Size", tuple(blocks)) if blocks else None


def _fronts(name: str, rows: pd.DataFrame, column: str, where: str = "") -> list[Table]:
    keys = ["variant", column, FLASH_BYTES, "top1", "worst_class_accuracy"]
    best = {gain: front_rows(one_a_file(known(rows, column, gain)), column, gain) for gain in GAINS}
    return [
        numbered(f"{name}-{gain}", names.clean(where + FRONTS[gain]), own, keys)
        for gain, own in best.items()
        if len(own)
    ]
