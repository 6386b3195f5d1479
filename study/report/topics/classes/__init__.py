"""Single classes: which pay, how sure that is, and what could not have been seen."""

from study.report.topics.classes.charts import charts
from study.report.topics.classes.findings import findings
from study.report.topics.classes.intervals import intervals
from study.report.topics.classes.section import section
from study.report.topics.classes.tests import per_class
from study.report.topics.topic import Topic

TOPIC = Topic(tables={"per_class": per_class}, findings=findings, figures=intervals, charts=charts, section=section)
