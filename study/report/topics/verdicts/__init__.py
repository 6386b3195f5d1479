"""The findings of the 2021 study, each confirmed, refuted or not testable by the tables of this report."""

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from study.report.blocks import Block, Bullets, Cell, Column, Fold, Note, Paragraph, Point, Section, Table
from study.report.inputs import SMALL_BUDGET, Document
from study.report.reference import NOT_ORIGINAL, SOURCE
from study.report.tables import Tables, records
from study.report.topics.topic import Topic
from study.report.topics.verdicts.claims import CLAIMS
from study.report.topics.verdicts.judging import CONFIRMED, NOT_TESTABLE, REFUTED

COLUMNS = "finding statement status text details confirmed_if refuted_if _parts".split()
CRITERIA = {"statement": "Statement", "status": "Verdict", "confirmed_if": "Confirmed if", "refuted_if": "Refuted if"}
SMALL = "This is not the full study: few epochs on few images."


def verdicts(tables: Tables) -> pd.DataFrame:
    """`verdicts.csv`: one row a claim in the order of the 2021 study, whatever the tables hold."""
    judged = [(claim, claim.judge(tables)) for claim in CLAIMS]
    rows = [
        [claim.key, claim.statement, one.status, one.text, " | ".join(one.parts), claim.confirmed_if, claim.refuted_if]
        for claim, one in judged
    ]
    parts = pd.Series([one.parts for _, one in judged])
    return pd.DataFrame(rows, columns=COLUMNS[:-1]).assign(_parts=parts)


def not_original(card: Document) -> str:
    """A caveat where the classes are those of CIFAR-10, and the images a copy."""
    copied = card.get("is_cifar10_classes") and not card.get("is_original_cifar10")
    return NOT_ORIGINAL if copied else ""


def section(tables: Tables, drawn: Collection[str]) -> Section:
    """Counts, then verdict by verdict, then what had been settled to decide each."""
    rows, inputs = tables["verdicts"], tables.inputs
    said = ", ".join(f"{(rows['status'] == one).sum()} {one}" for one in (CONFIRMED, REFUTED, NOT_TESTABLE))
    notes = (not_original(inputs.card), SMALL if inputs.preset in SMALL_BUDGET else "")
    found = [
        Point(row["statement"].removesuffix("."), row["text"], row["_parts"], row["status"].capitalize())
        for row in records(rows)
    ]
    details = tuple(replace(one, text="") for one in found if one.parts)
    blocks: list[Block] = [
        Paragraph(
            f"Of {len(rows)} statements of {SOURCE}: {said}. Every figure is computed from the tables of this report; "
            "what would confirm and what would refute a statement is settled in the code, below in words."
        ),
        *(Note(note) for note in notes if note),
        Bullets(tuple(replace(one, parts=()) for one in found)),
        *([Fold("Network by network", (Bullets(details),), False)] if details else []),
        Fold("What would confirm, what would refute", (_criteria(rows),), False),
    ]
    return Section("verdicts", "The findings of 2021", tuple(blocks))


def _criteria(rows: pd.DataFrame) -> Table:
    caption = "What decides each statement. Everything else leaves it open: not testable."
    columns = tuple(Column(title, key) for key, title in CRITERIA.items())
    lines = rows[list(CRITERIA)].itertuples(index=False)
    cells = tuple(tuple(Cell(text, text) for text in line) for line in lines)
    return Table("verdicts-criteria", caption, columns, cells, sortable=False)


TOPIC = Topic(tables={"verdicts": verdicts}, section=section)
