"""What the study found, in sentences. Every figure in them is computed from the rows, none by hand."""

from study.report import names
from study.report.blocks import Point
from study.report.facts import Facts
from study.report.findings import accuracy, calibration, classes, interactions, seeds, shipping, speed
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
        *shipping.smallest(done),
        *shipping.worst_class(done),
        *accuracy.quantization(done),
        *accuracy.sparsity(done),
        *accuracy.trained_on(facts.trainings),
        *structured(facts),
        *classes.classes(facts.per_class),
        *interactions.interaction(facts.interaction),
        *seeds.seeds(facts.seeds),
        *seeds.retraining(facts.retraining),
        *calibration.calibration(done),
        *shipping.codecs(done),
        *speed.speed(facts),
        *accuracy.near_chance(facts, done),
        *classes.unseen(facts.per_class),
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
