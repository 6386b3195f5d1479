"""Top-1 against gzip size, with the Pareto front."""

from matplotlib.figure import Figure

from study.report import names
from study.report.facts import Facts
from study.report.figures.pareto_panel import legend, panel
from study.report.figures.style import WIDTH, Theme


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """One panel over all variants."""
    rows = [row for row in facts.results if row.get("top1") is not None and row.get("gzip_bytes") is not None]
    if not rows:
        return None
    archs, schemes = names.distinct(rows, "arch"), names.distinct(rows, "quantization")
    figure = Figure(figsize=(WIDTH, 5.2), layout="constrained")
    axes = figure.subplots()
    panel(axes, rows, "gzip_bytes", 1e-6, archs, schemes, theme)
    axes.set_xlabel("gzip size [MB], logarithmic")
    axes.set_ylabel("Top-1 [%]")
    legend(figure, archs, schemes, theme)
    return figure
