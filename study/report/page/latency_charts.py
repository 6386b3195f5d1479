"""Top-1 against latency: a chart a kind, a panel a device; kinds and devices never share one."""

from functools import partial
from typing import Any

from study.report import names, tables
from study.report.facts import Facts
from study.report.figures import pareto_latency
from study.report.inputs import Row
from study.report.page.chart import Chart, Panel, labels, said, themed
from study.report.page.pareto_chart import Axes, draw, numbered

WORDS = ("Variant", "Top-1 [%]", "Median [µs] (95 % interval)", "p90 [µs]", "Status", "Kind", "Measured on")


def latency_charts(facts: Facts, kind: str) -> Chart:
    """Each panel shows one runtime and thread count at a time, with its own front."""
    panels: list[Panel] = []
    found: dict[str, list[Row]] = {}
    for device in dict.fromkeys(row["device"] for row in facts.latency):
        series = {key: rows for key, rows in pareto_latency.panels(facts, kind).items() if key[1] == device}
        if not series:
            continue
        name = f"latency-{kind}-{len(found)}"
        found[name] = [point for key, rows in series.items() for point in _points(facts, key, rows)]
        archs, schemes = labels(facts.results, "arch"), labels(facts.results, "quantization")
        axes = Axes(
            f"Median [ms], {kind}, logarithmic",
            "Top-1 [%]",
            list(archs.values()),
            list(schemes.values()),
            "Runtime and threads",
            [_series(key) for key in series],
            interval=True,
            said=WORDS,
        )
        title = f"Device {names.shorten(device, 40)}, {kind}"
        panels.append(Panel(name, title, name, themed(partial(_specification, axes, title))))
    return Chart(tuple(panels), found)


def _specification(axes: Axes, description: str, theme: Any) -> Any:
    return draw(axes, theme, description)


def _points(facts: Facts, key: tuple[Any, ...], rows: list[Row]) -> list[Row]:
    archs, schemes = labels(facts.results, "arch"), labels(facts.results, "quantization")
    best = numbered(rows, "median_us", "top1")
    place = pareto_latency.title(key)
    return [
        {
            "variant": row["variant"],
            "cost": row["median_us"] / 1e3,
            "gain": 100 * row["top1"],
            "group": _series(key),
            "low": _ms(row, "ci_low_us"),
            "high": _ms(row, "ci_high_us"),
            "hue": archs[row["arch"]],
            "shape": schemes[row["quantization"]],
            "front": 0,
            "own": best.get(row["variant"], 0),
            **said(_texts(row, place)),
        }
        for row in rows
    ]


def _texts(row: Row, place: str) -> list[str]:
    shown = [tables.cell(row, key).text for key in ("variant", "top1", "median_us", "p90_us", "status", "kind")]
    return [*shown, place]


def _series(key: tuple[Any, ...]) -> str:
    return f"{names.clean(key[2])} \u00b7 {key[3]} thread{'' if key[3] == 1 else 's'}"


def _ms(row: Row, end: str) -> float:
    return float(row["median_us"] if row.get(end) is None else row[end]) / 1e3
