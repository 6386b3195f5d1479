"""The section on several seeds: what retraining alone changes, and tests whose unit is the training run."""

from dataclasses import replace

from study.report import names, tables
from study.report.blocks import Block, Cell, Column, Fold, Paragraph, Section, Table
from study.report.facts import Facts
from study.report.inputs import Row
from study.report.treatments import dense_float, treatment_of

DETAILS = 400
RETRAINING = [
    "seeds",
    "compression_flip_rate",
    "base_retrain_flip_rate",
    "retrain_flip_rate",
    "retrain_flip_least",
    "retrain_flip_most",
    "class_spread_pp",
    "widest_spread_pp",
]
WHOLE = ["seeds", "mean_accuracy", "sd_pp", "base_sd_pp", "delta_pp", "p_value", "outcome"]
SINGLE = [
    "class",
    "seeds",
    "sd_pp",
    "base_sd_pp",
    "delta_pp",
    "shifted_pp",
    "welch_p_value",
    "paired_p_value",
    "paired_p_adjusted",
    "outcome",
]
METHOD = (
    "Tests on images say what the given files do; whether compression would do the same to a network trained anew, "
    "only several seeds can say. Change: mean over seeds against the dense float32 network of the same seed, with "
    "Student\u2019s interval and paired t-test over seeds. Place: accuracy of a class minus the mean over classes of "
    "its model, compared by Welch\u2019s t (Hooker et al. 2019) and, as compressed networks stem from the same base "
    "networks, by the paired t-test, which decides. Holm\u2019s correction runs over all classes and treatments. With "
    "fewer than five seeds a test is indicative and never marked as significant."
)


def seeds_section(facts: Facts) -> Section:
    """Flips and spread of retraining, changes over seeds, tests of classes; empty with one seed."""
    if not facts.retraining:
        return Section("seeds", "Seeds and retraining", ())
    whole, single = ([row for row in facts.seeds if (row["class"] is None) == together] for together in (True, False))
    blocks: list[Block] = [Paragraph(METHOD), _retraining(facts.retraining)]
    if whole:
        caption = "Top-1 over seeds. Change: against the dense float32 network of the same seed; p is not corrected."
        blocks.append(_treated("seeds", caption, whole, WHOLE))
    shown = sorted(single, key=_clearest)[:DETAILS]
    if shown:
        many = f"The {DETAILS} clearest of {len(single)}" if len(single) > DETAILS else f"All {len(single)}"
        caption = (
            f"{many} classes and treatments, clearest first; seeds.csv has them all. * significant after Holm\u2019s "
            "correction with five seeds or more."
        )
        blocks.append(Fold("Classes over seeds", (_treated("seed-classes", caption, shown, SINGLE),), False))
    return Section("seeds", "Seeds and retraining", tuple(blocks))


def _retraining(rows: list[Row]) -> Table:
    found = _treated(
        "retraining",
        "What retraining alone changes: share of test images that get another class from a network of another "
        "seed, mean over pairs of seeds, beside the share that compression changes; and the standard deviation of "
        "class accuracies over seeds.",
        rows,
        RETRAINING,
    )
    place = 1 + RETRAINING.index("compression_flip_rate")
    lines = [list(line) for line in found.rows]
    for row, line in zip(rows, lines, strict=True):
        if treatment_of(row) == dense_float(treatment_of(row)):
            line[place] = Cell("baseline", line[place].value)
    return replace(found, rows=tuple(map(tuple, lines)))


def _treated(name: str, caption: str, rows: list[Row], keys: list[str]) -> Table:
    """A table whose rows are named by their treatment."""
    shown = tables.plain(name, caption, rows, keys)
    labels = [names.full(row, False) for row in rows]
    lines = tuple((Cell(label, label), *line) for label, line in zip(labels, shown.rows, strict=True))
    return replace(shown, columns=(Column("Treatment"), *shown.columns), rows=lines)


def _clearest(row: Row) -> tuple[float, float]:
    adjusted, p_value = (2.0 if row.get(key) is None else row[key] for key in ("paired_p_adjusted", "paired_p_value"))
    return adjusted, p_value
