"""Which figure of the report has an interactive form, and which is left to another part of the page."""

from collections.abc import Callable, Collection, Mapping
from functools import partial

from study.report import names
from study.report.facts import Facts
from study.report.figures.drawings import heatmap_name, intervals_name, latency_name
from study.report.page.chart import Chart
from study.report.page.class_charts import class_charts
from study.report.page.codec_charts import share_chart, size_chart
from study.report.page.latency_charts import latency_charts
from study.report.page.size_charts import size_charts
from study.report.rows.latencies import KINDS


def charts(facts: Facts, drawn: Collection[str]) -> Mapping[str, Chart]:
    """File stem of a figure that was drawn -> the plot that stands for it in the page."""
    archs = names.distinct(facts.results, "arch")
    makers: dict[str, Callable[[Facts], Chart]] = {
        "pareto_size": size_charts,
        "size": size_chart,
        "codec_share": share_chart,
        "class_change": class_charts,
        **{heatmap_name(arch): partial(class_charts, arch=arch) for arch in archs},
        **{latency_name(kind): partial(latency_charts, kind=kind) for kind in KINDS},
    }
    return {name: make(facts) for name, make in makers.items() if name in drawn}


def covered(facts: Facts, comparing: bool) -> set[str]:
    """Figures that the page leaves out: one architecture can be chosen in the plot of all, classes are compared."""
    intervals = {intervals_name(arch) for arch in names.distinct(facts.results, "arch")} if comparing else set()
    return {"pareto_size_by_architecture"} | intervals
