"""Top-1 against latency: a chart a kind, a panel a device; kinds and devices never share one."""

from collections.abc import Mapping

import pandas as pd

from study.report import names
from study.report.drawing.chart import Chart, labels
from study.report.drawing.pareto import Axes, panel, points
from study.report.tables import Tables, known
from study.report.topics.latency.measurements import KINDS, comparable

SAID = {
    "variant": "Variant",
    "top1": "Top-1 [%]",
    "median_us": "Median [\u00b5s] (95 % interval)",
    "p90_us": "p90 [\u00b5s]",
    "status": "Status",
    "kind": "Kind",
    "group": "Place",
}
OF_A_PREDICTION = {"median_us": ("predicted_us", "Predicted [\u00b5s]"), "p90_us": ("left_out_percent", "Error [%]")}
"""What is said of a prediction in place of what it has not."""


def figure_name(kind: str) -> str:
    """File stem of the figure of one kind."""
    return f"pareto_latency_{kind}"


def with_accuracy(tables: Tables, kind: str) -> pd.DataFrame:
    """Times of one kind that can be compared, with the top-1 of their variant."""
    times = comparable(tables["latency"])
    results = known(tables["results"], "top1")[["variant", "arch", "quantization", "top1"]]
    return times[times["kind"] == kind].merge(results, on="variant")


def charts(tables: Tables) -> Mapping[str, Chart]:
    """Each panel shows one runtime and thread count at a time, with its own front."""
    shown = {kind: with_accuracy(tables, kind) for kind in KINDS}
    return {figure_name(kind): _chart(tables["results"], rows, kind) for kind, rows in shown.items() if len(rows)}


def _chart(results: pd.DataFrame, rows: pd.DataFrame, kind: str) -> Chart:
    archs, schemes = labels(results, "arch"), labels(results, "quantization")
    rows = rows.assign(
        group=rows["_place"],
        hue=rows["arch"].map(archs),
        shape=rows["quantization"].map(schemes),
        low=rows["ci_low_us"].fillna(rows["median_us"]) / 1e3,
        high=rows["ci_high_us"].fillna(rows["median_us"]) / 1e3,
        predicted_us=rows["median_us"],
    )
    other = OF_A_PREDICTION if kind == "predicted" else {}
    keys, words = zip(*(other.get(key, (key, word)) for key, word in SAID.items()), strict=True)
    panels, still, found = [], [], {}
    for index, (device, own) in enumerate(rows.groupby("device", sort=False)):
        name, title = f"latency-{kind}-{index}", f"Device {names.shorten(str(device), 40)}, {kind}"
        found[name] = points(own, "median_us", 1e-3, "top1", keys)
        axes = Axes(
            f"Median [ms], {kind}, logarithmic",
            "Top-1 [%]",
            list(archs.values()),
            list(schemes.values()),
            "Runtime and threads",
            names.distinct(own, "group"),
            interval=True,
            said=words,
        )
        panels.append(panel(name, title, name, axes))
        still += [panel(f"{name}-{number}", place, name, axes, place) for number, place in enumerate(axes.options)]
    return Chart(tuple(panels), found, tuple(still))
