"""What a report is made of, and the checks that keep unlike things out of one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from study.errors import StudyError
from study.tasks.classification import Predictions

SMALL_BUDGET = ("smoke", "quick")
"""Presets of few epochs on few images, whose figures are not the study's."""

Row = dict[str, Any]  # one row of a table: column -> value; None is a missing value
Document = Mapping[str, Any]  # a JSON document of another stage


@dataclass(frozen=True)
class Slot:
    """One latency measurement that the plan asks for; `document` is None where it has not been made."""

    variant: str
    device: str
    runtime: str
    threads: int | str  # as asked for: a number or `all`
    document: Document | None


@dataclass(frozen=True)
class Inputs:
    """Everything that the report reads. The order of `exported` is the order of every table and figure."""

    preset: str
    card: Document  # the data card
    exported: Mapping[str, Document]  # variant -> its cell of the plan
    accuracy: Mapping[str, Document]  # variant -> evaluation, missing ones absent
    predictions: Mapping[str, Mapping[str, npt.NDArray[Any]]]  # variant -> logits [N, C] and labels [N]
    latency: Sequence[Slot] = ()
    history: Mapping[str, Sequence[Row]] = field(default_factory=dict)  # model -> one row an epoch
    timing: Mapping[str, Document] = field(default_factory=dict)  # model -> seconds and images_per_second
    compression: Mapping[str, Document] = field(default_factory=dict)  # compressed model -> channels, record
    encoded: Mapping[str, Document] = field(default_factory=dict)  # variant -> its sizes under every codec
    diagnosis: Mapping[str, Document] = field(default_factory=dict)  # model -> its int8 error layer by layer
    robustness: Mapping[str, Document] = field(default_factory=dict)  # variant -> its answers under corruptions
    refused: Mapping[str, str] = field(default_factory=dict)  # variant that the plan leaves out -> why
    answered: Mapping[str, Predictions] = field(default_factory=dict)  # variant -> its answers, in place of predictions
    ended: Mapping[str, Document] = field(default_factory=dict)  # device whose session ended early -> status, said
    images: npt.NDArray[Any] | None = None  # test images, uint8 [N, H, W, 3], in the order of the predictions


def method_of(cell: Document) -> str:
    """The compression method of a plan's cell; an unpruned model is `dense`."""
    return str(cell.get("method") or "dense")


def is_narrower(cell: Document) -> bool:
    """Whether the method cuts whole channels: it leaves no zeros, and its amount is no sparsity."""
    return cell.get("section") == "structured"


def amount_of(cell: Document) -> float:
    """The compression amount in per cent, 0 for a dense model."""
    return float(cell.get("amount") or 0)


def facts_of(document: Document) -> Document:
    """The strings and details of an evaluation: a list of one mapping, which `dvc metrics` passes over."""
    facts = document.get("facts") or [{}]
    found: Document = facts[0]
    return found


def baseline_of(exported: Mapping[str, Document], variant: str) -> str | None:
    """The dense float32 variant of the same architecture and seed; None where the plan has none."""
    own = exported[variant]
    for name, cell in exported.items():
        same = cell["architecture"] == own["architecture"] and cell["seed"] == own["seed"]
        if same and method_of(cell) == "dense" and cell["scheme"] == "float32":
            return name
    return None


def check(inputs: Inputs) -> None:
    """Refuse results of different data sets in one report, and an empty plan.

    Raises:
        StudyError: names the variant whose data fingerprint is not the data card's.
    """
    if not inputs.exported:
        raise StudyError(
            "the plan exports no variant: add an architecture and a scheme to params.yaml, then `make plan`"
        )
    expected = inputs.card.get("fingerprint")
    for variant in inputs.exported:
        document = inputs.accuracy.get(variant)
        found = facts_of(document).get("data_fingerprint") if document else expected
        if found != expected:
            raise StudyError(
                f"{variant} was evaluated on another data set (fingerprint {str(found)[:12]}) than the "
                f"data card's ({str(expected)[:12]}): one report holds one data set, run `dvc repro`"
            )
