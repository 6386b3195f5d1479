"""The tables that every later part reads: computed once from the inputs, written as the CSV files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from study.report.answers import answers
from study.report.fields import csv_text
from study.report.inputs import Document, Inputs, Row, check
from study.report.rows import (
    calibration,
    exemplars,
    histories,
    int8,
    interactions,
    latencies,
    per_class,
    results,
    retraining,
    robustness,
    seeds,
    shipping,
    speed_ups,
    training_time,
    trainings,
)
from study.report.structured import equal_latency, models, rows, zero_padding


@dataclass(frozen=True)
class Facts:
    """Rows of the CSV files, in the order of the plan.

    `diagnosis` maps a model to its int8 error layer by layer, as the stage wrote it; `ended` a device to
    why its session ended early.
    """

    results: list[Row]
    per_class: list[Row]
    latency: list[Row]
    history: list[Row]
    diagnosis: Mapping[str, Document] = field(default_factory=dict)
    codecs: list[Row] = field(default_factory=list)
    robustness: list[Row] = field(default_factory=list)
    seeds: list[Row] = field(default_factory=list)
    retraining: list[Row] = field(default_factory=list)
    interaction: list[Row] = field(default_factory=list)
    reliability: list[Row] = field(default_factory=list)
    exemplars: list[Row] = field(default_factory=list)
    ended: Mapping[str, Document] = field(default_factory=dict)
    training_time: list[Row] = field(default_factory=list)
    trainings: list[Row] = field(default_factory=list)
    speed_ups: list[Row] = field(default_factory=list)
    structured: list[Row] = field(default_factory=list)
    structured_models: list[Row] = field(default_factory=list)  # with the records of their methods: see models.py
    equal_latency: list[Row] = field(default_factory=list)
    zero_padding: list[Row] = field(default_factory=list)


def gather(inputs: Inputs) -> Facts:
    """Compute all rows.

    Raises:
        StudyError: inputs that must not stand in one report (see `inputs.check`, `answers`, `latencies`).
    """
    check(inputs)
    given = answers(inputs)
    classes = per_class.per_class(inputs, given)
    whole = results.results(inputs, given, classes)
    timed = latencies.latencies(inputs)
    curves = histories.histories(inputs)
    cut = rows.structured_rows(inputs, whole, timed)
    return Facts(
        whole,
        classes,
        timed,
        curves,
        inputs.diagnosis,
        shipping.codec_rows(inputs.exported, inputs.encoded),
        robustness.robustness_rows(inputs),
        seeds.seed_rows(whole, classes),
        retraining.retraining(inputs, given, classes),
        interactions.interactions(inputs, given),
        calibration.reliability_rows(inputs, given),
        exemplars.exemplar_counts(inputs, given),
        inputs.ended,
        training_time=training_time.training_time(inputs),
        trainings=trainings.trainings(curves, inputs.timing),
        speed_ups=speed_ups.speed_up_rows(whole, timed),
        structured=cut,
        structured_models=models.models(inputs),
        equal_latency=equal_latency.equal_latency(inputs, given, whole, timed),
        zero_padding=zero_padding.zero_padding(cut, given),
    )


def csv_files(facts: Facts) -> Mapping[str, str]:
    """File name -> text of the CSV files."""
    return {
        "results.csv": csv_text(facts.results, results.columns(facts.results)),
        "per_class.csv": csv_text(facts.per_class, per_class.COLUMNS),
        "codecs.csv": csv_text(facts.codecs, shipping.CODEC_COLUMNS),
        "latency.csv": csv_text(facts.latency, latencies.COLUMNS),
        "robustness.csv": csv_text(facts.robustness, robustness.COLUMNS),
        "history.csv": csv_text(facts.history, histories.COLUMNS),
        "training_time.csv": csv_text(facts.training_time, training_time.COLUMNS),
        "training.csv": csv_text(facts.trainings, trainings.COLUMNS),
        "speed_ups.csv": csv_text(facts.speed_ups, speed_ups.COLUMNS),
        "seeds.csv": csv_text(facts.seeds, seeds.COLUMNS),
        "retraining.csv": csv_text(facts.retraining, retraining.COLUMNS),
        "interaction.csv": csv_text(facts.interaction, interactions.COLUMNS),
        "reliability.csv": csv_text(facts.reliability, calibration.COLUMNS),
        "exemplars.csv": csv_text(facts.exemplars, exemplars.COLUMNS),
        "structured.csv": csv_text(facts.structured, rows.COLUMNS),
        "channels.csv": csv_text(models.channel_rows(facts.structured_models), models.COLUMNS),
        "equal_latency.csv": csv_text(facts.equal_latency, equal_latency.COLUMNS),
        "int8_layers.csv": csv_text(int8.layer_rows(facts.diagnosis), int8.LAYER_COLUMNS),
        "int8_recovery.csv": csv_text(int8.recovery_rows(facts.diagnosis), int8.RECOVERY_COLUMNS),
        "zero_padding.csv": csv_text(facts.zero_padding, zero_padding.COLUMNS),
    }
