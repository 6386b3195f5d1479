"""Which images the compressed models forget: those that most of them name otherwise than most of the base models."""

from collections.abc import Mapping

from study.report import names, tables
from study.report.answers import Predictions
from study.report.blocks import Block, Column, Fold, Paragraph, Section, Table
from study.report.contact_sheet import MOST, contact_sheet
from study.report.inputs import Inputs, Row
from study.report.phrases import percent
from study.report.rows import exemplars
from study.statistics.exemplars import modal_exemplars

HEADING = "Images that compression forgets"
COUNTS = [
    "models",
    "modal",
    "modal_ties",
    "modal_base_top1",
    "modal_top1",
    "taxicab",
    "taxicab_half",
]


def forgotten_section(inputs: Inputs, given: Mapping[str, Predictions], counts: list[Row]) -> Section:
    """Counts of `exemplars.csv` and the sheet of the images; empty without models of both groups."""
    if not counts:
        return Section("forgotten", HEADING, ())
    blocks: list[Block] = [Paragraph(_said(counts[0]))]
    if inputs.images is not None and counts[0]["modal"]:
        base, compressed = exemplars.groups(inputs, given)
        labels = base[0].labels
        found = modal_exemplars(
            [one.predicted for one in base], [one.predicted for one in compressed], len(inputs.card["classes"])
        )
        many = f"The {MOST} with the clearest majorities." if len(found.indices) > MOST else "All of them."
        blocks.append(
            contact_sheet(
                inputs.images,
                found.indices,
                labels,
                found.base,
                found.compressed,
                inputs.card["classes"],
                f"{many} Under each image: its true class, what most dense float32 models say, what most compressed "
                "ones say.",
            )
        )
    if len(counts) > 2:  # with a single treatment, its row is that of all
        blocks.append(Fold("Exemplars by treatment", (_table(counts),), False))
    return Section("forgotten", HEADING, tuple(blocks))


def _said(row: Row) -> str:
    said = (
        f"{row['modal']:,} of {row['test_images']:,} test images get another class from most of the {row['models']} "
        f"compressed variants than from most of the {row['base_models']} dense float32 ones (modal exemplars). "
        f"{row['modal_ties']:,} images without a single most frequent class in one of the groups are left out. "
        f"On {row['taxicab_half']:,} images, half of the answers or more have moved to other classes (taxicab distance "
        f"of the label distributions of 1 or more; its mean is {row['taxicab']:.3f} of 2 possible)."
    )
    if row["modal"]:
        said += (
            f" The dense float32 variants are right on {percent(row['modal_base_top1'])} of the modal exemplars, the "
            f"compressed ones on {percent(row['modal_top1'])}. Hooker et al. (2019) found such images harder for "
            "people, too."
        )
    return said


def _table(counts: list[Row]) -> Table:
    shown = tables.plain(
        "exemplars",
        "Modal exemplars: images that most models of a group name otherwise than most dense float32 models. Taxicab: "
        "mean distance of the label distributions, 0 (all answer alike) to 2. A group of few models has few answers to "
        "count, so compare groups of equal size alone.",
        counts,
        COUNTS,
    )
    lines = tuple((_group(row), *line) for row, line in zip(counts, shown.rows, strict=True))
    return Table(shown.name, shown.caption, (Column("Group"), *shown.columns), lines)


def _group(row: Row) -> tables.Cell:
    text = names.treatment(row, False) if row.get("method") else "all compressed variants"
    return tables.Cell(text, text)
