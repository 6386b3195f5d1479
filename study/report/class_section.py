"""The section on single classes."""

from collections.abc import Collection

from study.report import names, tables
from study.report.blocks import Block, Fold, Paragraph, Section, picture
from study.report.facts import Facts
from study.report.figures.drawings import intervals_name

DETAILS = 400
METHOD = (
    "Each class of each variant is compared with the same class in the dense float32 model of the same "
    "architecture and seed, on the same images: exact McNemar test on the images that only one of the two "
    "gets right, Newcombe\u2019s paired 95 % interval (method 10), Holm\u2019s correction over all classes "
    "and variants of this report. Negative: the variant lost accuracy."
)


def class_section(facts: Facts, drawn: Collection[str]) -> Section:
    """Heat map, intervals and table of each architecture, and the tests behind them."""
    if not any(row.get("delta_pp") is not None for row in facts.per_class):
        return Section("classes", "Which classes pay", ())
    blocks: list[Block] = [
        Paragraph(METHOD),
        *picture(
            drawn,
            "class_change",
            "Heat map of the change of top-1 per class and variant",
            "Change of top-1 per class in percentage points. Framed: significant after correction.",
        ),
    ]
    for arch in names.distinct(facts.results, "arch"):
        intervals = picture(
            drawn,
            intervals_name(arch),
            f"Change of each class with its interval, {names.clean(arch)}",
            "Change of top-1 per class with 95 % intervals. Filled points are significant after correction.",
        )
        blocks.append(Fold(names.clean(arch), (*intervals, tables.class_matrix(facts, arch))))
    blocks.append(Fold("Tests and intervals", (tables.class_details(facts, DETAILS),), False))
    return Section("classes", "Which classes pay", tuple(blocks))
