"""The section on seeds: what is tested over them, and what retraining alone changes."""

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from study.plan.variant import Quantization
from study.report import names
from study.report.blocks import Block, Cell, Fold, Paragraph, Section, Table
from study.report.correction import clearest
from study.report.shown import labelled
from study.report.tables import Tables
from study.report.topics.seeds.retraining import RATES, RETRAINING
from study.statistics.seeds import ENOUGH

HEADING = "Which classes pay, over seeds"
METHOD = (
    "Tests on images say what the given files do; whether compression would do the same to a network trained anew, "
    "only several seeds can say. Change: mean over seeds of the difference from the equally trained float32 network of "
    "the same seed. Place: the same for the accuracy of a class minus the mean over classes of its model (Hooker et "
    "al. 2019). Both are tested by a paired t-test over seeds whose spread is drawn towards that of the other classes "
    "(moderated t, Smyth 2004, the others weighing at most as much as the class's own seeds); Holm's correction runs "
    f"over both tests of all classes and treatments. With fewer than {ENOUGH} seeds a treatment is not testable. "
    "Collapsed files are left out and counted."
).replace("'", "\u2019")
RETRAINED = (
    "What retraining alone changes: share of test images that get another class from a network of another seed, mean "
    "over pairs of seeds, beside the share that compression changes; and the standard deviation of class accuracies "
    "over seeds."
)
CHANGED = (
    "Top-1 over seeds. Change: against the equally trained float32 network of the same seed, Student\u2019s interval; "
    "p is not corrected."
)
CLASSES = "classes and treatments, clearest first; seeds.csv has them all. * significant after Holm\u2019s correction."
WHOLE = "seeds collapsed_seeds mean_accuracy sd_pp base_sd_pp delta_pp p_value".split()
SINGLE = (
    "class seeds sd_pp base_sd_pp delta_pp p_value p_adjusted shifted_pp shifted_p_value shifted_p_adjusted outcome"
).split()
DETAILS = 400


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Tests of classes, changes over seeds, flips and spread of retraining; None with one seed."""
    table = tables["seeds"]
    if tables["retraining"].empty:
        return None
    whole, single = table[table["class"].isna()], table[table["class"].notna()]
    blocks: list[Block] = [Paragraph(METHOD)]
    if len(whole):
        blocks.append(_treated("seeds", CHANGED, whole, WHOLE))
    if len(single):
        many, shown = clearest(single, "p_adjusted", "p_value", DETAILS)
        details = _treated("seed-classes", f"{many} {CLASSES}", shown, SINGLE)
        blocks.append(Fold("Classes over seeds", (details,), bool(single["significant"].eq(True).any())))
    return Section("seeds", HEADING, (*blocks, _retraining(tables["retraining"])))


def _retraining(table: pd.DataFrame) -> Table:
    keys = [key for key in RETRAINING if key not in ("pairs", "widest_spread_class")]
    shown, place = _treated("retraining", RETRAINED, table, keys), 1 + keys.index(RATES[0])
    is_base = (table["amount"] == 0) & (table["quantization"] == Quantization().scheme)
    lines = [
        (*line[:place], Cell("baseline", line[place].value), *line[place + 1 :]) if base else line
        for line, base in zip(shown.rows, is_base, strict=True)
    ]
    return replace(shown, rows=tuple(lines))


def _treated(name: str, caption: str, table: pd.DataFrame, keys: list[str]) -> Table:
    return labelled(name, caption, table, keys, "Treatment", lambda row: names.full(row, False))
