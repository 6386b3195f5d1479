"""Inputs to the finished files, as bytes: the one function that the report stage calls."""

from study.report.cards import FOLDER, cards
from study.report.document import document
from study.report.drawing.chart import Chart
from study.report.drawing.render import render
from study.report.html import html
from study.report.inputs import Inputs
from study.report.markdown import markdown
from study.report.page.page import page
from study.report.snapshot import SNAPSHOT, keep
from study.report.summary import summary_text
from study.report.tables import Tables
from study.report.topics import TOPICS


def tables_of(inputs: Inputs) -> Tables:
    """The tables of all topics, none of them made yet."""
    return Tables(inputs, {name: make for topic in TOPICS for name, make in topic.tables.items()})


def charts_of(tables: Tables) -> dict[str, Chart]:
    """File stem -> interactive drawing, those of all topics that have something to show."""
    return {name: chart for topic in TOPICS for name, chart in topic.charts(tables).items()}


def build(inputs: Inputs) -> dict[str, bytes]:
    """Relative path -> content of every file of the report. The same inputs give the same bytes.

    Raises:
        StudyError: inputs that must not stand in one report.
    """
    inputs.check()
    tables = tables_of(inputs)
    charts = charts_of(tables)
    figures = render({name: draw for topic in TOPICS for name, draw in topic.figures(tables).items()}, charts, tables)
    drawn = {name.removesuffix(".svg") for name in figures}
    report = document(tables, drawn)
    files = {SNAPSHOT: keep(inputs), "summary.json": summary_text(tables).encode()}
    files |= {name: text.encode() for name, text in tables.csv_files().items()}
    files |= {f"{FOLDER}/{name}": text.encode() for name, text in cards(tables, report.label).items()}
    files |= {f"figures/{name}": svg for name, svg in figures.items()}
    whole = html(report, figures, page(tables, charts))
    return files | {"report.md": markdown(report).encode(), "index.html": whole.encode()}
