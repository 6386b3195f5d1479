"""The first section of the report: the findings of 2021 and what became of them."""

from collections.abc import Sequence

from study.report.blocks import Block, Bullets, Cell, Column, Fold, Note, Paragraph, Point, Section, Table
from study.report.fields import csv_value
from study.report.inputs import SMALL_BUDGET
from study.report.reference import SOURCE
from study.report.verdicts.verdict import CONFIRMED, NOT_TESTABLE, REFUTED, Verdict

SMALL = (
    "This is not the full study: few epochs on few images. Pruned models also went on training after the unpruned ones "
    "had stopped, so a part of what pruning costs may have been trained away."
)


def verdict_section(found: Sequence[Verdict], preset: str, caveat: str) -> Section:
    """Counts, then verdict by verdict, then what had been settled to decide each; `caveat` is about the data."""
    counts = {status: sum(one.status == status for one in found) for status in (CONFIRMED, REFUTED, NOT_TESTABLE)}
    said = ", ".join(f"{count} {status}" for status, count in counts.items())
    notes = [part for part in (caveat, SMALL if preset in SMALL_BUDGET else "") if part]
    blocks: list[Block] = [
        Paragraph(
            f"Of {len(found)} statements of {SOURCE}: {said}. Every figure is computed from the tables of this report; "
            "what would confirm and what would refute a statement is settled in the code, below in words."
        ),
        *(Note(note) for note in notes),
        Bullets(tuple(_point(one) for one in found)),
        Fold("Network by network", (Bullets(tuple(_details(one) for one in found if one.parts)),), False),
        Fold("What would confirm, what would refute", (_criteria(found),), False),
    ]
    return Section("verdicts", "The findings of 2021", tuple(blocks))


def _point(one: Verdict) -> Point:
    return Point(one.finding.statement.removesuffix("."), one.text, status=one.status.capitalize())


def _details(one: Verdict) -> Point:
    return Point(one.finding.statement.removesuffix("."), "", one.parts, one.status.capitalize())


def _criteria(found: Sequence[Verdict]) -> Table:
    keys = ("statement", "status", "confirmed_if", "refuted_if")
    titles = ("Statement", "Verdict", "Confirmed if", "Refuted if")
    rows = tuple(
        tuple(
            Cell(text, csv_value(key, text))
            for key, text in zip(
                keys, (one.finding.statement, one.status, one.finding.confirmed_if, one.finding.refuted_if), strict=True
            )
        )
        for one in found
    )
    return Table(
        "verdicts-criteria",
        "What decides each statement. Everything else leaves it open: not testable.",
        tuple(Column(title, key) for key, title in zip(keys, titles, strict=True)),
        rows,
        sortable=False,
    )
