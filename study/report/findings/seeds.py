"""Sentences on several seeds: what holds for training anew, and what retraining alone would have changed."""

from study.report import names
from study.report.blocks import Point
from study.report.inputs import Row
from study.report.phrases import NBSP, are, change, number, p_equals, percent, points
from study.report.rows.per_class import LEVEL
from study.statistics.seeds import ENOUGH, INDICATIVE, NO_VARIANCE, TESTED

MOST = 5


def seeds(rows: list[Row]) -> list[Point]:
    """Changes over seeds of every treatment, and the classes that lose their place among the classes."""
    whole, single = ([row for row in rows if (row["class"] is None) == together] for together in (True, False))
    if not whole:
        return []
    shown = sorted(whole, key=lambda row: float(row["delta_pp"]))[:MOST]
    parts = tuple(f"{names.full(row, False)}, {row['seeds']} seeds: {_change(row)}" for row in shown)
    lead = "Mean change of top-1 over seeds, paired by base network, with Student\u2019s interval over seeds"
    lead += f"; the {MOST} costliest of {len(whole)}:" if len(whole) > MOST else ", costliest first:"
    return [Point("Over seeds", lead, parts), *_places(single)]


def retraining(rows: list[Row]) -> list[Point]:
    """Flips of compression beside flips of retraining the base network."""
    rates = ("compression_flip_rate", "base_retrain_flip_rate")
    compared = [row for row in rows if all(row.get(key) is not None for key in rates)]
    if not compared:
        return []
    fewer = [row for row in compared if row["compression_flip_rate"] <= row["base_retrain_flip_rate"]]
    bases = {str(row["arch"]): row["base_retrain_flip_rate"] for row in compared}
    text = (
        "Training the dense float32 network again from another seed changes the answer on "
        + ", ".join(f"{percent(share)} ({names.clean(arch)})" for arch, share in bases.items())
        + f" of the test images. {len(fewer)} of {number(len(compared), 'compressed treatment')} {are(len(fewer))} at "
        "or below that: compressing changes no more answers than retraining does."
    )
    most = max(compared, key=lambda row: row["compression_flip_rate"] / max(row["base_retrain_flip_rate"], 1e-9))
    text += f" Most flips: {names.full(most, False)}, {percent(most['compression_flip_rate'])}."
    return [Point("Compression beside retraining", text)]


def _change(row: Row) -> str:
    return f"{points(row['delta_pp'])} points in every seed" if row.get("p_value") is None else change(row)


def _places(single: list[Row]) -> list[Point]:
    possible = [row for row in single if row.get("paired_p_adjusted") is not None]
    if not possible:
        return []
    claims = [row for row in possible if row.get("shifted_significant")]
    enough = sum(row["outcome"] == TESTED for row in possible)
    welch = sum(row.get("welch_p_adjusted") is not None and row["welch_p_adjusted"] < LEVEL for row in possible)
    fewer = sum(row["outcome"] == INDICATIVE for row in possible)
    none = sum(row["outcome"] == NO_VARIANCE for row in single)
    text = (
        f"Accuracy of a class minus the model\u2019s mean over classes, {number(len(possible), 'test')} over seeds: "
        f"{len(claims)} of {enough} with {ENOUGH} seeds or more {are(len(claims))} significant (paired t-test, Holm, "
        f"level {LEVEL:g}); Welch\u2019s test, which leaves the pairing out, gives {welch}."
    )
    if fewer:
        text += f" {fewer} {are(fewer)} indicative alone: fewer than {ENOUGH} seeds."
    if none:
        text += f" {none} more cannot be tested: the change is the same in every seed."
    losses = sorted((row for row in claims if row["shifted_pp"] < 0), key=lambda row: float(row["shifted_pp"]))[:MOST]
    parts = tuple(
        f"\u201c{names.shorten(row['class'], 40)}\u201d in {names.full(row, False)}: {points(row['shifted_pp'])}{NBSP}"
        f"points against the other classes, adjusted {p_equals(row['paired_p_adjusted'])}"
        for row in losses
    )
    return [Point("Classes over seeds", text + (" Largest losses of place:" if parts else ""), parts)]
