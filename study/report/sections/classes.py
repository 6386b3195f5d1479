"""The section on single classes."""

from collections.abc import Collection

from study.report import names, tables
from study.report.blocks import Block, Fold, Paragraph, Section, picture
from study.report.facts import Facts
from study.report.figures.class_intervals import chosen
from study.report.figures.drawings import heatmap_name, intervals_name

DETAILS = 400
OPEN = 60  # variants up to which every architecture is shown unfolded
HEATMAP = "Change of top-1 per class in percentage points. Framed: significant after correction."
METHOD = (
    "Each class of each variant is compared with the same class in the dense float32 model of the same "
    "architecture and seed, on the same images: exact McNemar test on the images that only one of the two "
    "gets right, Newcombe\u2019s paired 95 % interval (method 10), Holm\u2019s correction over all classes "
    "and variants of this report. Negative: the variant lost accuracy. q-values are Benjamini and Hochberg\u2019s, for "
    "exploration alone."
)
BEYOND = (
    "Where all classes lose, a class that loses is nothing special. So each class is also set against the average "
    "class of its variant: its change minus the mean change of all classes, with a permutation test of the null "
    "hypothesis that the two are equal in expectation (images change places between classes; divided by its standard "
    "error, so that classes may differ in how often they flip). Holm\u2019s correction runs over all classes and "
    "variants; a p-value cannot fall below one in the number of permutations, so the smallest are equal."
)


def class_section(facts: Facts, drawn: Collection[str]) -> Section:
    """Heat map, intervals and table of each architecture, and the tests behind them."""
    if not any(row.get("delta_pp") is not None for row in facts.per_class):
        return Section("classes", "Which classes pay", ())
    blocks: list[Block] = [
        Paragraph(METHOD),
        *picture(drawn, "class_change", "Heat map of the change of top-1 per class and variant", HEATMAP),
    ]
    for arch in names.distinct(facts.results, "arch"):
        name = names.clean(arch)
        figures = (
            *picture(drawn, heatmap_name(arch), f"Heat map of the change of top-1 per class, {name}", HEATMAP),
            *picture(
                drawn,
                intervals_name(arch),
                f"Change of each class with its interval, {name}",
                "Change of top-1 per class with 95 % intervals. Filled points are significant after correction."
                + _left_out(facts, arch),
            ),
        )
        blocks.append(Fold(name, (*figures, tables.class_matrix(facts, arch)), len(facts.results) <= OPEN))
    blocks.append(Fold("Tests and intervals", (tables.class_details(facts, DETAILS),), False))
    if any(row.get("excess_p_adjusted") is not None for row in facts.per_class):
        beyond = Paragraph(BEYOND), tables.class_excess(facts, DETAILS)
        blocks.append(Fold("Harder than the average class", beyond, False))
    return Section("classes", "Which classes pay", tuple(blocks))


def _left_out(facts: Facts, arch: str) -> str:
    shown, total = chosen(facts, arch)
    return "" if len(shown) == total else f" Shown are the {len(shown)} of {total} variants with the clearest losses."
