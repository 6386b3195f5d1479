"""Accuracy: what quantization and compression cost each network, and the table of all variants."""

from collections.abc import Collection

from study.report.blocks import Paragraph, Section
from study.report.shipping import both_sizes, size_column
from study.report.shown import plain
from study.report.tables import Tables
from study.report.topics.accuracy.findings import findings
from study.report.topics.accuracy.results import results
from study.report.topics.topic import Topic

SHOWN = (
    "variant top1 delta_pp dense_delta_pp worst_class_accuracy worst_drop_pp top3 parameters sparsity_effective "
    "shipped_bytes file_bytes gzip_bytes arena_bytes macs agreement_with_float flips retrain_flips same_as collapsed"
).split()
OPTIONAL = "dense_delta_pp retrain_flips same_as collapsed".split()
"""Columns that are left out where no row has a value."""
CAPTION = (
    "All variants of the plan, each one file. Change: top-1 in percentage points against the float32 file of the whole "
    "network with as much training and the same seed; no equal: the study has none. From dense: against the dense "
    "network, which was trained less. Worst class: the one with the lowest accuracy. Worst drop: the largest loss of a "
    "single class in this file; being the largest of several, it overstates."
)
CARDS = "Every evaluated file of one network has a model card with its class warnings: cards/VARIANT.md."


def section(tables: Tables, drawn: Collection[str]) -> Section:
    """One row a variant; the smallest form has a column where any file has been encoded."""
    table = tables["results"]
    size = size_column(table)
    left_out = {"shipped_bytes"} - {size} | {key for key in OPTIONAL if table[key].isna().all()}
    shown = plain("results", f"{CAPTION} {both_sizes(size)}", table, [key for key in SHOWN if key not in left_out])
    return Section("variants", "All variants", (shown, Paragraph(CARDS)))


TOPIC = Topic(tables={"results": results}, findings=findings, section=section)
