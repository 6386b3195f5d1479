"""Everything that the page has beyond the report's blocks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from study.report import names
from study.report.answers import answers
from study.report.blocks import Report, Section
from study.report.facts import Facts
from study.report.inputs import Document, Inputs
from study.report.page.chart import Chart, themed
from study.report.page.charts import charts, covered
from study.report.page.comparison import comparison
from study.report.page.interval_chart import interval_chart

COMPARE = "compare"
FILTERED = "results"  # the table of all variants
FILTERS = {"arch": "Architecture", "method": "Method", "quantization": "Scheme"}


@dataclass(frozen=True)
class Page:
    """Plots by figure, figures left out, what can be chosen in the filters, and the script's document."""

    charts: Mapping[str, Chart]
    covered: Collection[str]
    filters: Mapping[str, tuple[str, list[tuple[str, str]]]]  # column -> title, (value, shown)
    document: Document

    @property
    def comparing(self) -> bool:
        """Whether there are variants to compare."""
        return self.document["compare"] is not None


EMPTY = Page({}, (), {}, {"plots": {}, "rows": {}, "variants": {}, "compare": None})
"""A page of the report's blocks alone."""


def page(inputs: Inputs, facts: Facts, drawn: Collection[str]) -> Page:
    """Assemble; `drawn` are the file stems of the figures that exist."""
    compared = comparison(inputs, facts, answers(inputs))
    plots = charts(facts, drawn)
    panels = [panel for chart in plots.values() for panel in chart.panels]
    document = {
        "plots": {panel.id: {"rows": panel.rows, "specs": panel.specs} for panel in panels}
        | ({COMPARE: {"rows": "", "specs": themed(interval_chart)}} if compared else {}),
        "rows": {name: list(rows) for chart in plots.values() for name, rows in chart.tables.items()},
        "variants": {row["variant"]: {key: str(row[key]) for key in FILTERS} for row in facts.results},
        "compare": compared,
    }
    filters = {
        key: (title, [(value, names.clean(value)) for value in names.distinct(facts.results, key)])
        for key, title in FILTERS.items()
    }
    return Page(plots, covered(facts, compared is not None), filters, document)


def with_comparison(report: Report, found: Page) -> Report:
    """The report with a section, filled by the template, after that on classes, or at the end of the figures."""
    if not found.comparing:
        return report
    ids = [section.id for section in report.sections]
    place = ids.index("classes") + 1 if "classes" in ids else ids.index("variants") + 1
    sections = list(report.sections)
    sections.insert(place, Section(COMPARE, "Compare classes", ()))
    return replace(report, sections=tuple(sections))
