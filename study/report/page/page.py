"""Everything that the page has beyond the report's blocks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from study.report import names
from study.report.blocks import Report, Section
from study.report.drawing.chart import Chart, themed
from study.report.inputs import Document
from study.report.page.comparison import comparison
from study.report.page.interval_chart import interval_chart
from study.report.tables import Tables, records
from study.report.topics.classes.intervals import intervals_name
from study.report.treatments import ORDINARY, has_levels

COMPARE = "compare"
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

    @property
    def comparing(self) -> bool:
        """Whether there are variants to compare."""
        return self.document["compare"] is not None


EMPTY = Page({}, (), {}, {"plots": {}, "rows": {}, "variants": {}, "compare": None})
"""A page of the report's blocks alone."""


def page(tables: Tables, charts: Mapping[str, Chart]) -> Page:
    """Assemble. Left out: charts that have a still form alone, as another one holds them, and intervals of classes
    where they can be compared.
    """
    results, compared = tables["results"], comparison(tables)
    chosen = FILTERS | (OF_LEVELS if has_levels(results) else {})
    plots = {name: chart for name, chart in charts.items() if chart.panels}
    panels = [panel for chart in plots.values() for panel in chart.panels]
    document = {
        "plots": {panel.id: {"rows": panel.rows, "specs": panel.specs} for panel in panels}
        | ({COMPARE: {"rows": "", "specs": themed(interval_chart)}} if compared else {}),
        "rows": {panel.rows: list(chart.tables[panel.rows]) for chart in plots.values() for panel in chart.panels},
        "variants": {row["variant"]: {key: str(row[key]) for key in chosen} for row in records(results)},
        "compare": compared,
    }
    intervals = {intervals_name(arch) for arch in names.distinct(results, "arch")} if compared else set()
    filters = {
        key: (title, [(value, SINGLE if value == ORDINARY else names.clean(value)) for value in options])
        for key, title in chosen.items()
        for options in [names.distinct(results, key)]
    }
    return Page(plots, (charts.keys() - plots.keys()) | intervals, filters, document)


def with_comparison(report: Report, found: Page) -> Report:
    """The report with a section, filled by the template, after that on classes, or after that on all variants."""
    if not found.comparing:
        return report
    ids = [section.id for section in report.sections]
    place = ids.index("classes" if "classes" in ids else "variants") + 1
    own = Section(COMPARE, "Compare classes", ())
    return replace(report, sections=(*report.sections[:place], own, *report.sections[place:]))
