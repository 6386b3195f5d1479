"""Calibration: how sure each variant is, and how often it is right then."""

from collections.abc import Collection

import pandas as pd

from study.report import names
from study.report.blocks import Cell, Column, Fold, Point, Section, Table
from study.report.fields import csv_value, shown_value
from study.report.phrases import number, points
from study.report.shown import plain
from study.report.tables import Record, Row, Tables, frame, known, records
from study.report.topics.topic import Topic

COLUMNS = ["variant", "bin", "bin_low", "bin_high", "n", "confidence", "accuracy", "gap_pp"]
SHOWN = ["variant", "top1", "confidence", "overconfidence_pp", "ece", "nll", "brier", "ties", "test_images"]
FEW = 20
"""Images of a bin below which its gap is mostly chance."""


def reliability(tables: Tables) -> pd.DataFrame:
    """`reliability.csv`: fifteen bins of every variant that has answers, the least sure first; empty ones are empty."""
    rows: list[Row] = []
    for result in tables.inputs.results:
        for place, one in enumerate(result.predictions.reliability if result.predictions else (), start=1):
            gap = None if one.accuracy is None or one.confidence is None else 100 * (one.accuracy - one.confidence)
            own: Row = {"variant": result.name, "bin": place, "bin_low": one.low, "bin_high": one.high, "n": one.n}
            rows.append(own | {"confidence": one.confidence, "accuracy": one.accuracy, "gap_pp": gap})
    return frame(rows, COLUMNS)


def findings(tables: Tables) -> list[Point]:
    """Median error of float32 baselines and of compressed files, and the worst one; without collapsed files."""
    rows = known(tables["results"], "ece", "overconfidence_pp")
    rows = rows[rows["collapsed"].isna() & rows["same_as"].isna()]
    bases = rows[rows["variant"] == rows["baseline"]]
    others = known(rows[rows["variant"] != rows["baseline"]], "baseline")
    if bases.empty or others.empty:
        return []
    own = bases.set_index("variant")["ece"]
    paired = others[others["baseline"].isin(own.index)]
    worse = int((paired["ece"].to_numpy() > own[paired["baseline"]].to_numpy()).sum())
    worst = records(rows.loc[[rows["ece"].idxmax()]])[0]
    text = (
        f"Expected calibration error (15 bins), median: {bases['ece'].median():.3f} of "
        f"{number(len(bases), 'float32 baseline')}, {others['ece'].median():.3f} of "
        f"{number(len(others), 'compressed file')}; {worse} of {len(paired)} are worse calibrated than their own "
        f"base. {(rows['overconfidence_pp'] > 0).sum()} of {len(rows)} files are surer than they are right. Worst: "
        f"{names.full(worst, names.several_seeds(rows))}, {worst['ece']:.3f}, confidence minus top-1 "
        f"{points(worst['overconfidence_pp'])} points."
    )
    return [Point("Calibration", text)]


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Errors of every variant, and how accuracy departs from confidence."""
    if not tables["results"]["ece"].notna().any():
        return None
    table = plain(
        "calibration",
        "Calibration on the test images: expected calibration error (15 bins), negative log-likelihood and "
        "Brier score, all better when lower. Overconfidence: mean confidence minus top-1; positive: surer than right. "
        "Ties: images on which two classes share the highest logit; "
        "they are decided by a tie-break that is the same for every model.",
        tables["results"],
        SHOWN,
    )
    made = tables["reliability"]
    bins = (Fold("Reliability by confidence", (_by_bin(made),), False),) if len(made) else ()
    return Section("calibration", "Calibration", (table, *bins))


def _by_bin(table: pd.DataFrame) -> Table:
    """Accuracy minus confidence, one row a variant, one column a bin."""
    limits = table[["bin_low", "bin_high"]].drop_duplicates().itertuples(index=False)
    heads = [
        Column(f"{shown_value('bin_low', low)}\u2013{shown_value('bin_high', high)}", "", True) for low, high in limits
    ]
    lines = [
        (Cell(str(variant), str(variant)), *(_gap(row) for row in records(own)))
        for variant, own in table.groupby("variant", sort=False)
    ]
    return Table(
        "reliability",
        "Accuracy minus confidence in percentage points, by confidence (15 bins of equal width); negative: too sure. "
        f"A dash: no image; in brackets: fewer than {FEW} images. reliability.csv has counts, confidence and accuracy.",
        (Column("Variant"), *heads),
        tuple(lines),
        sortable=False,
    )


def _gap(row: Record) -> Cell:
    value = csv_value("gap_pp", row["gap_pp"])
    if not row["n"]:
        return Cell("\u2013", value)
    text = shown_value("gap_pp", row["gap_pp"])
    title = f"n = {row['n']:.0f}, accuracy {shown_value('accuracy', row['accuracy'])} %"
    return Cell(f"({text})" if row["n"] < FEW else text, value, "", title)


TOPIC = Topic(tables={"reliability": reliability}, findings=findings, section=section)
