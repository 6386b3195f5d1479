"""Topics of the report by themselves: their tables as CSV rows, their sentences, their sections as a page."""

import csv
import io

from report_page import Page

from study.report.blocks import Point, Report
from study.report.html import html
from study.report.inputs import Inputs
from study.report.tables import Tables, csv_text
from study.report.topics import accuracy, calibration, classes, exemplars, interaction, seeds, sparsity, training

TOPICS = [one.TOPIC for one in (accuracy, sparsity, classes, interaction, seeds, calibration, exemplars)]
MAKERS = {name: make for topic in [*TOPICS, training.TOPIC] for name, make in topic.tables.items()}


def tables_of(inputs: Inputs) -> Tables:
    """The tables of these topics."""
    return Tables(inputs, MAKERS)


def csv_rows(tables: Tables, name: str) -> list[dict[str, str]]:
    """A table read back from its file."""
    return list(csv.DictReader(io.StringIO(csv_text(tables[name]))))


def told(inputs: Inputs) -> dict[str, Point]:
    """Topic of a sentence -> the sentence."""
    tables = tables_of(inputs)
    return {point.topic: point for topic in TOPICS for point in topic.findings(tables)}


def report_of(tables: Tables) -> Report:
    """The sections of these topics, without figures."""
    sections = (topic.section(tables, ()) for topic in TOPICS)
    return Report("Title", "label", (), (), tuple(section for section in sections if section))


def page_of(tables: Tables) -> Page:
    """That report as a page, read back."""
    return Page(html(report_of(tables), {}))
