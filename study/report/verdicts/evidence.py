"""The rows that bear on a statement of 2021, and the reason where there are none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from study.report import names
from study.report.facts import Facts
from study.report.findings.accuracy import CHANCE
from study.report.inputs import Document, Row
from study.report.phrases import NBSP, points
from study.report.reference import FLOAT32

DENSE, PRUNED = "dense", "magnitude"
MEASURED = "measured"  # a time or memory that is neither emulated nor predicted


@dataclass(frozen=True)
class Evidence:
    """The rows of a report and what its data are: the statements on accuracy are about CIFAR-10's classes."""

    facts: Facts
    classes: int
    data: str
    cifar10: bool

    @property
    def foreign(self) -> str:
        """Why a statement on accuracy says nothing about these data; empty where it does."""
        return "" if self.cifar10 else f"the statement is about CIFAR-10, and these data are {names.clean(self.data)}"

    @property
    def guessing(self) -> float:
        """The top-1 up to which a network hardly beats guessing, a fraction."""
        return CHANCE / max(self.classes, 1)


def evidence(facts: Facts, card: Document) -> Evidence:
    """Rows and data card of a report."""
    return Evidence(facts, len(card["classes"]), str(card.get("name")), bool(card.get("is_cifar10_classes")))


def known(*values: Any) -> bool:
    """Whether all values are there: neither None nor NaN."""
    return all(value is not None and value == value for value in values)


def select(
    found: Evidence, method: str, scheme: str, needs: Sequence[str], families: Collection[str] = tuple(FLOAT32)
) -> tuple[list[Row], str]:
    """Rows of the networks of 2021 under a method and a scheme that hold what is needed; else why there are none.

    Networks of another width or with another stride of the stem are none of them.
    """
    which = "an unpruned network" if method == DENSE else "a network pruned by magnitude"
    what = f"{scheme} file of {which}" + ("" if len(families) == len(FLOAT32) else f" ({', '.join(families)})")
    planned = [
        row
        for row in found.facts.results
        if row.get("family") in families
        and row["method"] == method
        and row["quantization"] == scheme
        and row.get("alpha", 1.0) == 1.0
        and (row.get("stem_stride") or 2) == 2
    ]
    if not planned:
        return [], f"the plan has no {what}"
    rows = [row for row in planned if known(*(row.get(key) for key in needs))]
    return rows, "" if rows else f"no {what} has been evaluated together with its float32 baseline"


def with_base(found: Evidence, rows: Sequence[Row], need: str) -> list[tuple[Row, Row]]:
    """Each row with the row of its baseline, where that one holds a value under `need`."""
    by_name = {row["variant"]: row for row in found.facts.results}
    pairs = [(row, by_name.get(row.get("baseline") or "", {})) for row in rows]
    return [(row, base) for row, base in pairs if known(base.get(need))]


@dataclass(frozen=True)
class Change:
    """Top-1 against the baseline in percentage points; over several seeds the mean, and the range of the intervals."""

    delta: float
    low: float
    high: float
    seeds: int

    def __str__(self) -> str:
        """The change with its interval."""
        several = f", {self.seeds} seeds" if self.seeds > 1 else ""
        interval = f"95{NBSP}% {points(self.low)} to {points(self.high)}"
        return f"{points(self.delta)} points ({interval}{several})"


NEEDED = ("top1", "delta_pp", "ci_low_pp", "ci_high_pp")


def changes(
    found: Evidence, method: str, scheme: str, families: Collection[str] = tuple(FLOAT32)
) -> tuple[dict[tuple[str, float], Change], str]:
    """(architecture, amount) -> change of top-1, or why there is none.

    Networks whose own baseline hardly beats guessing are left out: they have nothing to lose. With several seeds the
    interval reaches from the lowest to the highest end of theirs, so that only what all seeds show is decided.
    """
    if found.foreign:
        return {}, found.foreign
    rows, why = select(found, method, scheme, NEEDED, families)
    if not rows:
        return {}, why
    kept = [row for row, base in with_base(found, rows, "top1") if base["top1"] > found.guessing]
    if not kept:
        return {}, "the unpruned float32 networks hardly beat guessing, so they have nothing to lose"
    groups: dict[tuple[str, float], list[Row]] = {}
    for row in kept:
        groups.setdefault((row["arch"], float(row["amount"])), []).append(row)
    return {
        key: Change(
            fmean(row["delta_pp"] for row in own),
            min(row["ci_low_pp"] for row in own),
            max(row["ci_high_pp"] for row in own),
            len(own),
        )
        for key, own in groups.items()
    }, ""


def family_of(found: Evidence, arch: str) -> str:
    """The network of 2021 that an architecture of the plan is a form of."""
    return next(str(row["family"]) for row in found.facts.results if row["arch"] == arch)


def coverage(found: Evidence, archs: Collection[str]) -> str:
    """How many of the networks of 2021 a verdict rests on; empty where it is all."""
    count = len({family_of(found, arch) for arch in archs})
    return "" if count == len(FLOAT32) else f" Tested on {count} of the {len(FLOAT32)} networks."


def percentage(share: float) -> str:
    """A fraction in per cent with one decimal: shares of a size."""
    return f"{100 * share:.1f}{NBSP}%"
