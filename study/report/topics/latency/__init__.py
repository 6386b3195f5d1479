"""Latency: times of one inference, within one kind, device, runtime and thread count."""

from study.report.blocks import Point
from study.report.fields import NOT_VALIDATED
from study.report.tables import Tables, records
from study.report.topics.latency.accuracy import charts
from study.report.topics.latency.measurements import latency, speed_ups
from study.report.topics.latency.section import section
from study.report.topics.topic import Topic

FEW = 4  # treatments that are told one by one


def findings(tables: Tables) -> list[Point]:
    """Time of each treatment against dense float32, within one device, runtime and thread count."""
    parts = []
    for (place, kind), rows in tables["speed_ups"].groupby(["_place", "kind"], sort=False):
        order = rows.iloc[rows["speed_up"].argsort(kind="stable")]
        said = [
            f"{row['treatment']} {row['speed_up']:.2f}\u00d7" for row in records(order if len(rows) > FEW else rows)
        ]
        parts.append(f"{place}, {kind}: " + ("; ".join(said) if len(said) <= FEW else f"from {said[0]} to {said[-1]}"))
    text = (
        "How many times as fast as dense float32 of the same architecture, median over architectures, each the mean "
        f"over its seeds. Ratios of a machine hold for it alone, ratios of predictions are {NOT_VALIDATED}:"
    )
    return [Point("Speed", text, tuple(parts))] if parts else []


TOPIC = Topic(tables={"latency": latency, "speed_ups": speed_ups}, findings=findings, charts=charts, section=section)
