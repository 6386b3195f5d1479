"""Inputs to the finished files, as bytes: the one function that the report stage calls."""

from study.report.document import document
from study.report.facts import csv_files, gather
from study.report.figures.drawings import drawings
from study.report.figures.render import render
from study.report.html import html
from study.report.inputs import Inputs
from study.report.markdown import markdown


def build(inputs: Inputs) -> dict[str, bytes]:
    """Relative path -> content of every file of the report. The same inputs give the same bytes.

    Raises:
        StudyError: inputs that must not stand in one report.
    """
    facts = gather(inputs)
    figures = render(drawings(facts), facts)
    report = document(inputs, facts, {name.removesuffix(".svg") for name in figures})
    files = {name: text.encode() for name, text in csv_files(facts).items()}
    files |= {f"figures/{name}": svg for name, svg in figures.items()}
    return files | {"report.md": markdown(report).encode(), "index.html": html(report, figures).encode()}
