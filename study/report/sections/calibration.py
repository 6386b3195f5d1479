"""The section on calibration: errors of every variant, and how accuracy departs from confidence."""

from study.report import tables
from study.report.blocks import Cell, Column, Fold, Section, Table
from study.report.facts import Facts
from study.report.fields import csv_value, shown_value
from study.report.names import distinct

FEW = 20  # images of a bin below which its gap is mostly chance


def calibration_section(facts: Facts) -> Section:
    """A row a variant; none without results."""
    if not any(row.get("ece") is not None for row in facts.results):
        return Section("calibration", "Calibration", ())
    table = tables.plain(
        "calibration",
        "Calibration on the test images: expected calibration error (15 bins), negative log-likelihood and "
        "Brier score, all better when lower. Overconfidence: mean confidence minus top-1; positive: surer than right. "
        "Ties: images on which two classes share the highest logit; "
        "they are decided by a lot that is the same for every model.",
        facts.results,
        tables.CALIBRATION,
    )
    bins = (Fold("Reliability by confidence", (reliability_table(facts),), False),) if facts.reliability else ()
    return Section("calibration", "Calibration", (table, *bins))


def reliability_table(facts: Facts) -> Table:
    """Accuracy minus confidence, one row a variant, one column a bin."""
    columns = list(dict.fromkeys((row["bin_low"], row["bin_high"]) for row in facts.reliability))
    lines: dict[str, list[Cell]] = {variant: [] for variant in distinct(facts.reliability, "variant")}
    for row in facts.reliability:
        lines[row["variant"]].append(_gap(row))
    return Table(
        "reliability",
        "Accuracy minus confidence in percentage points, by confidence (15 bins of equal width); negative: too sure. "
        f"A dash: no image; in brackets: fewer than {FEW} images. reliability.csv has counts, confidence and accuracy.",
        (
            Column("Variant"),
            *(
                Column(f"{shown_value('bin_low', low)}\u2013{shown_value('bin_high', high)}", "", True)
                for low, high in columns
            ),
        ),
        tuple((Cell(variant, variant), *cells) for variant, cells in lines.items()),
        sortable=False,
    )


def _gap(row: dict[str, object]) -> Cell:
    n, value = int(str(row["n"])), csv_value("gap_pp", row["gap_pp"])
    if not n:
        return Cell("\u2013", value)
    text = shown_value("gap_pp", row["gap_pp"])
    title = f"n = {n}, accuracy {shown_value('accuracy', row['accuracy'])} %"
    return Cell(f"({text})" if n < FEW else text, value, "", title)
