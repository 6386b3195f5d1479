"""Inputs to the finished files, as bytes: the one function that the report stage calls."""

from dataclasses import replace

from study.report.answers import answers
from study.report.cards.cards import FOLDER, cards
from study.report.document import document
from study.report.facts import csv_files, gather
from study.report.fields import csv_text
from study.report.figures.drawings import drawings
from study.report.figures.render import render
from study.report.html import html
from study.report.inputs import Inputs, check
from study.report.kept import KEPT, keep
from study.report.markdown import markdown
from study.report.page.page import page
from study.report.summary import summary_text
from study.report.verdicts.verdicts import COLUMNS, verdict_rows, verdicts


def build(inputs: Inputs) -> dict[str, bytes]:
    """Relative path -> content of every file of the report. The same inputs give the same bytes.

    Raises:
        StudyError: inputs that must not stand in one report.
    """
    check(inputs)
    inputs = replace(inputs, answered=answers(inputs), predictions={})  # logits are large: they are gone through once
    facts = gather(inputs)
    figures = render(drawings(facts), facts)
    drawn = {name.removesuffix(".svg") for name in figures}
    report = document(inputs, facts, drawn)
    judged = verdicts(facts, inputs.card)
    files = {KEPT: keep(inputs, inputs.answered)}
    files |= {name: text.encode() for name, text in csv_files(facts).items()}
    files["verdicts.csv"] = csv_text(verdict_rows(judged), COLUMNS).encode()
    files["summary.json"] = summary_text(facts, judged).encode()
    files |= {f"{FOLDER}/{name}": text.encode() for name, text in cards(inputs, facts, report.label).items()}
    files |= {f"figures/{name}": svg for name, svg in figures.items()}
    whole = html(report, figures, page(inputs, facts, drawn))
    return files | {"report.md": markdown(report).encode(), "index.html": whole.encode()}
