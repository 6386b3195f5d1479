"""Sentences on calibration: does compression make networks too sure."""

from statistics import median

from study.report import names
from study.report.blocks import Point
from study.report.inputs import Row
from study.report.phrases import number, points


def calibration(done: list[Row]) -> list[Point]:
    """Median error of dense float32 and of compressed variants, and the worst one."""
    rows = [row for row in done if row.get("ece") is not None and row.get("overconfidence_pp") is not None]
    bases = [row for row in rows if row["variant"] == row["baseline"]]
    others = [row for row in rows if row["variant"] != row["baseline"] and row.get("baseline")]
    if not bases or not others:
        return []
    seeds, own = names.several_seeds(rows), {row["variant"]: row for row in bases}
    paired = [row for row in others if row["baseline"] in own]
    worse = sum(row["ece"] > own[row["baseline"]]["ece"] for row in paired)
    worst = max(rows, key=lambda row: float(row["ece"]))
    sure = sum(row["overconfidence_pp"] > 0 for row in rows)
    text = (
        f"Expected calibration error (15 bins), median: {_median(bases):.3f} of "
        f"{number(len(bases), 'dense float32 network')}, {_median(others):.3f} of "
        f"{number(len(others), 'compressed variant')}; {worse} of {len(paired)} are worse calibrated than their own "
        f"base. {sure} of {len(rows)} variants are surer than they are right. Worst: {names.full(worst, seeds)}, "
        f"{worst['ece']:.3f}, confidence minus top-1 {points(worst['overconfidence_pp'])} points."
    )
    return [Point("Calibration", text)]


def _median(rows: list[Row]) -> float:
    return median(float(row["ece"]) for row in rows)
