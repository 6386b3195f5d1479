"""The tables that every later part reads: computed once from the inputs, written as the CSV files."""

from collections.abc import Mapping
from dataclasses import dataclass

from study.report import histories, latencies, per_class, results
from study.report.answers import answers
from study.report.fields import csv_text
from study.report.inputs import Inputs, Row, check


@dataclass(frozen=True)
class Facts:
    """Rows of `results.csv`, `per_class.csv`, `latency.csv` and `history.csv`, in the order of the plan."""

    results: list[Row]
    per_class: list[Row]
    latency: list[Row]
    history: list[Row]


def gather(inputs: Inputs) -> Facts:
    """Compute all rows.

    Raises:
        StudyError: inputs that must not stand in one report (see `inputs.check`, `answers`, `latencies`).
    """
    check(inputs)
    given = answers(inputs)
    return Facts(
        results.results(inputs, given),
        per_class.per_class(inputs, given),
        latencies.latencies(inputs),
        histories.histories(inputs),
    )


def csv_files(facts: Facts) -> Mapping[str, str]:
    """File name -> text of the four CSV files."""
    return {
        "results.csv": csv_text(facts.results, results.columns(facts.results)),
        "per_class.csv": csv_text(facts.per_class, per_class.COLUMNS),
        "latency.csv": csv_text(facts.latency, latencies.COLUMNS),
        "history.csv": csv_text(facts.history, histories.COLUMNS),
    }
