"""The statement of 2021, after Hooker et al., that compression hits the classes unevenly."""

from dataclasses import dataclass

from study.report import names
from study.report.inputs import Row
from study.report.phrases import p_equals, points
from study.report.rows.per_class import LEVEL
from study.report.verdicts.evidence import DENSE, PRUNED, Evidence, coverage, known, select, with_base
from study.report.verdicts.verdict import CONFIRMED, NOT_TESTABLE, REFUTED, Finding, Verdict, untestable
from study.statistics.corrections import holm
from study.statistics.evenness import evenness_p_value

EVEN_PP = 2.5
NEEDS = ("n", "base_only", "variant_only", "delta_pp", "ci_low_pp", "ci_high_pp")
CONFIRMED_IF = (
    "in at least one variant the classes\u2019 changes differ by more than chance explains (Cochran\u2019s Q over the "
    f"paired changes, Holm-corrected over the variants, level {LEVEL:g}); which classes lose significantly stands in "
    "the tests of single classes"
)
REFUTED_IF = (
    f"in none, and every class\u2019s 95 % interval lies within {EVEN_PP:g} points of its variant\u2019s mean change"
)
PRUNING = Finding("classes-pruning", "Pruning hits the classes unevenly.", CONFIRMED_IF, REFUTED_IF)
QUANTIZATION = Finding("classes-int8", "Quantization to int8 hits the classes unevenly.", CONFIRMED_IF, REFUTED_IF)


@dataclass(frozen=True)
class Tested:
    """A variant's classes, and how often chance alone spreads their changes this much."""

    row: Row
    classes: list[Row]
    p_value: float


def uneven_pruning(found: Evidence) -> Verdict:
    """Pruned float32 models against the unpruned one."""
    return _uneven(found, PRUNING, PRUNED, "float32")


def uneven_int8(found: Evidence) -> Verdict:
    """Unpruned int8 models against float32."""
    return _uneven(found, QUANTIZATION, DENSE, "int8")


def _uneven(found: Evidence, finding: Finding, method: str, scheme: str) -> Verdict:
    if found.foreign:
        return untestable(finding, found.foreign)
    rows, why = select(found, method, scheme, ("top1",))
    if not rows:
        return untestable(finding, why)
    kept = [row for row, base in with_base(found, rows, "top1") if min(row["top1"], base["top1"]) > found.guessing]
    if not kept:
        return untestable(finding, "neither the networks nor what becomes of them beat guessing by much")
    tested = [one for one in (_tested(found, row) for row in kept) if one]
    if not tested:
        return untestable(finding, "no two classes have been compared with the float32 baseline")
    corrected = holm([one.p_value for one in tested])
    return _judged(found, finding, tested, corrected)


def _tested(found: Evidence, row: Row) -> Tested | None:
    classes = [
        one
        for one in found.facts.per_class
        if one["variant"] == row["variant"] and known(*(one.get(key) for key in NEEDS))
    ]
    if len(classes) < 2:
        return None
    counts = ([one[key] for one in classes] for key in NEEDS[:3])
    return Tested(row, classes, evenness_p_value(*counts))


def _judged(found: Evidence, finding: Finding, tested: list[Tested], corrected: list[float]) -> Verdict:
    uneven = [(p, one) for p, one in zip(corrected, tested, strict=True) if p < LEVEL]
    losses = [one for each in tested for one in each.classes if one.get("significant") and one["delta_pp"] < 0]
    text = (
        f"The changes differ between classes in {len(uneven)} of {len(tested)} variants; {len(losses)} of "
        f"{sum(len(one.classes) for one in tested)} single classes lose significantly."
        f"{coverage(found, {one.row['arch'] for one in tested})}"
    )
    seeds = names.several_seeds(found.facts.results)
    shown = uneven or list(zip(corrected, tested, strict=True))
    parts = tuple(_part(one, p, seeds) for p, one in sorted(shown, key=lambda pair: pair[0])[:3])
    if uneven:
        return Verdict(finding, CONFIRMED, text, parts)
    if all(_even(one) for one in tested):
        return Verdict(finding, REFUTED, text, parts)
    return Verdict(finding, NOT_TESTABLE, f"Cannot be decided: the classes have too few test images. {text}", parts)


def _part(one: Tested, p: float, seeds: bool) -> str:
    order = sorted(one.classes, key=lambda row: float(row["delta_pp"]))
    worst, best = (
        f"\u201c{names.shorten(row['class'], 40)}\u201d {points(row['delta_pp'])}" for row in (order[0], order[-1])
    )
    return f"{names.full(one.row, seeds)}: from {worst} to {best} points, {p_equals(p)}"


def _even(one: Tested) -> bool:
    mean = sum(row["delta_pp"] * row["n"] for row in one.classes) / sum(row["n"] for row in one.classes)
    return all(mean - EVEN_PP <= row["ci_low_pp"] and row["ci_high_pp"] <= mean + EVEN_PP for row in one.classes)
