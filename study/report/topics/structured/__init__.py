"""Methods that cut whole channels: what they leave, how they chose, and how they stand beside narrower networks."""

from collections.abc import Mapping

from study.report.drawing.render import Draw
from study.report.tables import Tables
from study.report.topics.structured import curves, strips
from study.report.topics.structured.comparisons import equal_latency, zero_padding
from study.report.topics.structured.findings import findings
from study.report.topics.structured.networks import channels, structured
from study.report.topics.structured.section import section
from study.report.topics.topic import Topic

MAKERS = {"structured": structured, "channels": channels, "equal_latency": equal_latency, "zero_padding": zero_padding}


def figures(tables: Tables) -> Mapping[str, Draw]:
    """Lines and heat maps."""
    return {**curves.figures(tables), **strips.figures(tables)}


TOPIC = Topic(tables=MAKERS, findings=findings, figures=figures, section=section)
