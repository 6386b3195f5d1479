"""Everything that the page has beyond the report's blocks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from study.report import names
from study.report.blocks import Report, Section
from study.report.drawing.chart import Chart, themed
from study.report.inputs import Document
from study.report.page.choice_chart import choice_chart
from study.report.page.choosing import choosing
from study.report.page.comparison import comparison
from study.report.page.heat import heat
from study.report.page.interval_chart import interval_chart
from study.report.tables import Tables, records
from study.report.topics.classes.intervals import intervals_name
from study.report.treatments import ORDINARY, has_levels

COMPARE, CHOOSE, HEAT = "compare", "choose", "heat"
"""Sections that the page has beyond the report's, filled by its templates and scripts."""
FILTERED = "results"  # the table of all variants
FILTERS = {"arch": "Architecture", "method": "Method", "quantization": "Scheme"}
SINGLE = "the only one of its file"
OF_LEVELS = {"level": "Level"}
"""A filter that is there where a file holds several."""


@dataclass(frozen=True)
class Page:
    """Plots by figure, figures left out, what can be chosen in the filters, and the script's document."""

    charts: Mapping[str, Chart]
    covered: Collection[str]
    filters: Mapping[str, tuple[str, list[tuple[str, str]]]]  # column -> title, (value, shown)
    document: Document

    def has(self, section: str) -> bool:
        """Whether there is something to show in one of its own sections."""
        return self.document[section] is not None


EMPTY = Page({}, (), {}, {"plots": {}, "rows": {}, "variants": {}, COMPARE: None, CHOOSE: None, HEAT: None})
"""A page of the report's blocks alone."""


def page(tables: Tables, charts: Mapping[str, Chart]) -> Page:
    """Assemble. Left out: charts that have a still form alone, as another one holds them, and intervals of classes
    where they can be compared.
    """
    results, compared, chosen_from = tables["results"], comparison(tables), choosing(tables)
    chosen = FILTERS | (OF_LEVELS if has_levels(results) else {})
    plots = {name: chart for name, chart in charts.items() if chart.panels}
    panels = [panel for chart in plots.values() for panel in chart.panels]
    document = {
        "plots": {panel.id: {"rows": panel.rows, "specs": panel.specs} for panel in panels}
        | ({COMPARE: {"rows": "", "specs": themed(interval_chart)}} if compared else {})
        | ({CHOOSE: {"rows": "", "specs": themed(choice_chart)}} if chosen_from else {}),
        "rows": {panel.rows: list(chart.tables[panel.rows]) for chart in plots.values() for panel in chart.panels},
        "variants": {row["variant"]: {key: str(row[key]) for key in chosen} for row in records(results)},
        COMPARE: compared,
        CHOOSE: chosen_from,
        HEAT: heat(tables),
    }
    intervals = {intervals_name(arch) for arch in names.distinct(results, "arch")} if compared else set()
    filters = {
        key: (title, [(value, SINGLE if value == ORDINARY else names.clean(value)) for value in options])
        for key, title in chosen.items()
        for options in [names.distinct(results, key)]
    }
    return Page(plots, (charts.keys() - plots.keys()) | intervals, filters, document)


def with_own(report: Report, found: Page) -> Report:
    """The report with the page's own sections, filled by the template: the choice and the map of classes first, the
    comparison after the section on classes, or after that on all variants.
    """
    sections = list(report.sections)
    if found.has(COMPARE):
        ids = [section.id for section in sections]
        sections.insert(ids.index("classes" if "classes" in ids else "variants") + 1, _own(COMPARE, "Compare classes"))
    first = [(CHOOSE, "Choose a model"), (HEAT, "Which classes pay")]
    return replace(report, sections=(*(_own(name, title) for name, title in first if found.has(name)), *sections))


def _own(name: str, title: str) -> Section:
    return Section(name, title, ())
