"""Top-1 and the worst class against the size to ship, of all architectures or of one."""

from functools import partial
from typing import Any

from study.report import names, tables
from study.report.facts import Facts
from study.report.figures.pareto_size import GAINS
from study.report.page.chart import Chart, Panel, labels, said, themed
from study.report.page.pareto_chart import Axes, draw, numbered
from study.report.rows.shipping import size_column, size_words

TITLES = {"top1": "Size and top-1", "worst_class_accuracy": "Size and the worst class"}
SAID = ("variant", "top1", "worst_class_accuracy", "delta_pp")


def size_charts(facts: Facts) -> Chart:
    """A panel an accuracy. Rows hold, beside their place, the texts that the table of all variants shows."""
    column = size_column(facts.results)
    archs, schemes = labels(facts.results, "arch"), labels(facts.results, "quantization")
    words = tuple(tables.column(key).title for key in (*SAID, column))
    panels, rows = [], {}
    for gain, title in TITLES.items():
        usable = [row for row in facts.results if row.get(column) is not None and row.get(gain) is not None]
        every = numbered(usable, column, gain)
        own: dict[str, int] = {}
        for arch in archs:
            own |= numbered([row for row in usable if row["arch"] == arch], column, gain)
        rows[f"size-{gain}"] = [
            {
                "variant": row["variant"],
                "cost": row[column] / 1e6,
                "gain": 100 * row[gain],
                "group": archs[row["arch"]],
                "hue": archs[row["arch"]],
                "shape": schemes[row["quantization"]],
                "front": every.get(row["variant"], 0),
                "own": own.get(row["variant"], 0),
                **said([tables.cell(row, key).text for key in (*SAID, column)]),
            }
            for row in usable
        ]
        axes = Axes(
            f"{_first(size_words(column))} [MB], logarithmic",
            GAINS[gain],
            list(archs.values()),
            list(schemes.values()),
            "Architecture",
            [archs[arch] for arch in names.distinct(usable, "arch")],
            "all",
            said=words,
        )
        if usable:
            specs = themed(partial(_specification, axes, f"{title}: each point is a variant"))
            panels.append(Panel(f"size-{gain}", title, f"size-{gain}", specs))
    return Chart(tuple(panels), rows)


def _specification(axes: Axes, description: str, theme: Any) -> Any:
    return draw(axes, theme, description)


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
