"""Dynamic networks: files that hold a network at several widths, level by level and beside single networks."""

from study.report.topics.dynamic.curves import figures
from study.report.topics.dynamic.findings import findings
from study.report.topics.dynamic.levels import levels
from study.report.topics.dynamic.section import section
from study.report.topics.topic import Topic

TOPIC = Topic(tables={"levels": levels}, findings=findings, figures=figures, section=section)
