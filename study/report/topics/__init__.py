"""The topics of the report, in its order: adding an analysis is its module and its place in the tuple."""

from study.report.topics import (
    accuracy,
    calibration,
    classes,
    diagnosis,
    excluded,
    exemplars,
    interaction,
    latency,
    reference,
    robustness,
    seeds,
    size,
    sparsity,
    structured,
    training,
    verdicts,
)

TOPICS = (
    verdicts.TOPIC,
    accuracy.TOPIC,
    reference.TOPIC,
    sparsity.TOPIC,
    structured.TOPIC,
    diagnosis.TOPIC,
    seeds.TOPIC,
    classes.TOPIC,
    interaction.TOPIC,
    calibration.TOPIC,
    exemplars.TOPIC,
    size.TOPIC,
    robustness.TOPIC,
    latency.TOPIC,
    training.TOPIC,
    excluded.TOPIC,
)
