"""The section on size."""

from collections.abc import Collection

from study.report import tables
from study.report.blocks import Block, Section, picture
from study.report.facts import Facts
from study.report.figures.pareto_panel import front_rows


def size_section(facts: Facts, drawn: Collection[str]) -> Section:
    """File and gzip size, and what is bought with it."""
    best = front_rows(facts.results, "gzip_bytes")
    blocks: list[Block] = [
        *picture(
            drawn,
            "size",
            "Bars of the file and gzip size of every variant",
            "Size of each variant in MB (1,000,000 bytes): file / after gzip.",
        ),
        *picture(
            drawn,
            "pareto_gzip",
            "Top-1 accuracy against gzip size with the Pareto front",
            "Top-1 against gzip size. Numbered points form the Pareto front; grey ones are dominated.",
        ),
        *([tables.front_table("front-gzip", best, "gzip_bytes", "smaller")] if best else []),
    ]
    return Section("size", "Size", tuple(blocks))
