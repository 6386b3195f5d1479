"""Several seeds: what compression does to classes, training after training, and what retraining alone would change.

A treatment is an architecture with its recipe and scheme: what is repeated over seeds.
"""

from study.report.topics.seeds.changes import seeds
from study.report.topics.seeds.findings import findings
from study.report.topics.seeds.retraining import retraining
from study.report.topics.seeds.section import section
from study.report.topics.topic import Topic

TOPIC = Topic(tables={"seeds": seeds, "retraining": retraining}, findings=findings, section=section)
