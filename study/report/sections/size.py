"""The section on size: what a variant costs to ship, and what is bought with it."""

from collections.abc import Collection

from study.report import names, tables
from study.report.blocks import Block, Fold, Section, Table, picture
from study.report.facts import Facts
from study.report.figures import pareto_size
from study.report.inputs import Row
from study.report.rows.shipping import size_column, size_words

FRONTS = {
    "top1": "The Pareto front of top-1: no other variant is at once smaller and more accurate.",
    "worst_class_accuracy": "The Pareto front of the worst class: no other variant is at once smaller and better in "
    "the class that it does worst.",
}


def size_section(facts: Facts, drawn: Collection[str]) -> Section:
    """Sizes under every codec, the fronts of all variants, and those of each architecture."""
    column = size_column(facts.results)
    small = size_words(column)
    blocks: list[Block] = [
        *picture(
            drawn,
            "size",
            f"Size of every variant, the file itself and its {small}",
            f"Size of each variant in MB (1,000,000 bytes): the file at the right end of a line, its {small} at the "
            "left.",
        ),
        *picture(
            drawn,
            "codec_share",
            "Share of the file that each lossless codec leaves, by recipe and scheme",
            "What each lossless codec leaves of the .tflite file: median over architectures, further left is smaller. "
            "Each recipe has a scale of its own.",
        ),
        *([tables.shipping_table(facts)] if column == "shipped_bytes" else []),
        *picture(
            drawn,
            "pareto_size",
            f"Top-1 and accuracy of the worst class against {small} with their Pareto fronts",
            f"Top-1, and the accuracy of the class that a variant does worst, against its {small}. Numbered points "
            "form the Pareto front; grey ones are dominated. An estimate of the worst class is a low one: the "
            "minimum of several classes falls below what more images would show.",
        ),
        *_tables("front", facts.results, column, ""),
    ]
    apart = picture(
        drawn,
        "pareto_size_by_architecture",
        f"Top-1 and accuracy of the worst class against {small}, a line of panels an architecture",
        "The same within each architecture, each panel with its own front; colours tell the recipes.",
    )
    if apart:
        points = tuple(
            table
            for arch in names.distinct(facts.results, "arch")
            for table in _tables(f"front-{arch}", _of(facts, arch), column, f"{names.clean(arch)}. ")
        )
        blocks.append(Fold("Each architecture", (*apart, Fold("The numbered points", points, False)), False))
    return Section("size", "Size", tuple(blocks))


def _of(facts: Facts, arch: str) -> list[Row]:
    return [row for row in facts.results if row["arch"] == arch]


def _tables(name: str, rows: list[Row], column: str, where: str) -> list[Table]:
    keys = ["variant", column, "top1", "worst_class_accuracy"]
    return [
        tables.numbered(f"{name}-{gain}", where + FRONTS[gain], best, keys)
        for gain, best in pareto_size.fronts(rows, column).items()
    ]
