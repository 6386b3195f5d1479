"""What a topic of the report is: its tables, sentences, figures and section, in one module."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd

from study.report.blocks import Point, Section
from study.report.drawing.chart import Chart
from study.report.drawing.render import Draw
from study.report.tables import Tables

Maker = Callable[[Tables], pd.DataFrame]


@dataclass(frozen=True)
class Topic:
    """One analysis. Whatever it does not have is left out.

    `tables`: name of a CSV file, without its ending -> what makes its frame. `findings`: sentences for the summary.
    `figures`: file stem -> drawing; `charts`: file stem -> interactive drawing, whose still form is made of it too.
    `section`: given the stems of the figures that exist (a figure with nothing to show does not).
    """

    tables: Mapping[str, Maker] = field(default_factory=dict)
    findings: Callable[[Tables], list[Point]] = lambda tables: []
    figures: Callable[[Tables], Mapping[str, Draw]] = lambda tables: {}
    charts: Callable[[Tables], Mapping[str, Chart]] = lambda tables: {}
    section: Callable[[Tables, Collection[str]], Section | None] = lambda tables, drawn: None
