"""The model cards of a report, as Markdown by file name."""

from study.report.cards.card import card
from study.report.cards.metadata import front_matter, metadata
from study.report.facts import Facts
from study.report.findings.classes import unseen
from study.report.inputs import Inputs
from study.report.markdown import markdown

FOLDER = "cards"


def cards(inputs: Inputs, facts: Facts, label: str) -> dict[str, str]:
    """`<variant>.md` -> card, for every variant that has been evaluated; `label` says what kind of run it was."""
    limits = unseen(facts.per_class)
    return {
        f"{row['variant']}.md": front_matter(metadata(row, inputs.card))
        + "\n"
        + markdown(card(inputs, facts, row, label, limits))
        for row in facts.results
        if row.get("top1") is not None
    }
