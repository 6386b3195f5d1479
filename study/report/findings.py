"""What the study found, in sentences. Every figure in them is computed from the rows, none by hand."""

from study.report import (
    accuracy_findings,
    calibration_findings,
    class_findings,
    interaction_findings,
    names,
    seed_findings,
    shipping_findings,
    speed_findings,
)
from study.report.blocks import Point
from study.report.facts import Facts
from study.report.inputs import Row
from study.report.phrases import are, number, percent
from study.report.structured.findings import structured


def findings(facts: Facts) -> list[Point]:
    """All findings that the rows allow, in a fixed order."""
    done = [row for row in facts.results if row.get("top1") is not None]
    if not done:
        return [Point("Nothing yet", "No variant of the plan has been evaluated.")]
    return [
        _extent(facts, done),
        *shipping_findings.smallest(done),
        *shipping_findings.worst_class(done),
        *accuracy_findings.quantization(done),
        *accuracy_findings.sparsity(done),
        *structured(facts),
        *class_findings.classes(facts.per_class),
        *interaction_findings.interaction(facts.interaction),
        *seed_findings.seeds(facts.seeds),
        *seed_findings.retraining(facts.retraining),
        *calibration_findings.calibration(done),
        *shipping_findings.codecs(done),
        *speed_findings.speed(facts),
        *accuracy_findings.near_chance(facts, done),
        *class_findings.unseen(facts.per_class),
    ]


def _extent(facts: Facts, done: list[Row]) -> Point:
    best = max(done, key=lambda row: float(row["top1"]))
    missing = len(facts.results) - len(done)
    archs = number(len(names.distinct(done, "arch")), "architecture")
    text = (
        f"{number(len(done), 'variant')} of {archs} evaluated on {names.clean(best['dataset'])}. The most "
        f"accurate one is "
        f"{names.full(best, names.several_seeds(facts.results))} with a top-1 of {percent(best['top1'])}."
    )
    return Point("Extent", text + (f" {missing} planned {are(missing)} missing." if missing else ""))
