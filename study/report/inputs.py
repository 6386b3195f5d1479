"""What a report stands on: the results of a plan's files, each with the stored documents of the other stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from study.errors import StudyError
from study.plan.variant import Level, Variant
from study.tasks.classification import Predictions

SMALL_BUDGET = ("smoke", "quick")
"""Presets of few epochs on few images, whose figures are not the study's."""

Document = Mapping[str, Any]
"""A JSON document of another stage, as it was stored."""


@dataclass(frozen=True)
class Evaluation:
    """One level's evaluation, as stage `evaluate` stored it."""

    document: Document

    def number(self, key: str) -> float | None:
        """One of its figures (`top1`, `macs`, `file_bytes` ...), None where it has none."""
        found: float | None = self.document.get(key)
        return found

    @property
    def codec_sizes(self) -> Mapping[str, int]:
        """`<codec>_bytes` of every codec that it states."""
        other = ("file_bytes", "arena_bytes", "weight_bytes")
        return {key: size for key, size in self.document.items() if key.endswith("_bytes") and key not in other}

    @property
    def classes(self) -> Sequence[Document]:
        """`n`, `correct` and `accuracy` of each class, in the order of the data card."""
        found: Sequence[Document] = self.document.get("per_class", [])
        return found

    @property
    def facts(self) -> Document:
        """Strings and details: stored in a list of one mapping, which `dvc metrics` passes over."""
        found: Document = (self.document.get("facts") or [{}])[0]
        return found

    @property
    def sha256(self) -> str | None:
        """Of the file that was evaluated."""
        found: str | None = self.facts.get("sha256")
        return found


@dataclass(frozen=True)
class Result:
    """One level of a file, with what is known of it: an evaluation and predictions, where they have been made."""

    level: Level
    evaluation: Evaluation | None = None
    predictions: Predictions | None = None

    @property
    def name(self) -> str:
        """Of the level: the row in every table."""
        return self.level.name

    @property
    def variant(self) -> Variant:
        """The file that it is a level of."""
        return self.level.variant

    @property
    def identity(self) -> dict[str, str | float | int]:
        """The columns that say what a row is of."""
        own = self.variant
        return {
            "arch": own.architecture.name,
            "method": own.recipe.method,
            "amount": float(own.recipe.amount),
            "level": self.level.signature,
            "quantization": own.quantization.name,
            "seed": own.seed,
        }


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
    """Everything that the report reads. The order of `results` is the order of every table and figure."""

    preset: str
    card: Document  # the data card
    results: tuple[Result, ...]
    latency: Sequence[Slot] = ()
    history: Mapping[str, Sequence[Mapping[str, float]]] = field(default_factory=dict)  # model -> one row an epoch
    timing: Mapping[str, Document] = field(default_factory=dict)  # model -> seconds and images_per_second
    compression: Mapping[str, Document] = field(default_factory=dict)  # compressed model -> channels, record
    encoded: Mapping[str, Document] = field(default_factory=dict)  # variant -> its sizes under every codec
    diagnosis: Mapping[str, Document] = field(default_factory=dict)  # model -> its int8 error layer by layer
    robustness: Mapping[str, Document] = field(default_factory=dict)  # variant -> its answers under corruptions
    profiles: Mapping[str, Sequence[Document]] = field(default_factory=dict)  # file -> of its levels, one a runtime
    excluded: Mapping[str, str] = field(default_factory=dict)  # variant that the plan leaves out -> why
    ended: Mapping[str, Document] = field(default_factory=dict)  # device whose session ended early -> status, said
    images: npt.NDArray[np.uint8] | None = None  # test images, uint8 [N, H, W, 3], in the order of the predictions

    @property
    def classes(self) -> list[str]:
        """Names of the classes, in the order of the logits."""
        return [str(name) for name in self.card["classes"]]

    @cached_property
    def by_name(self) -> Mapping[str, Result]:
        """Name of a level -> its result."""
        return {result.name: result for result in self.results}

    def baseline(self, result: Result) -> Result | None:
        """The float32 result of the whole network, equally trained, of its seed; None where the plan has none."""
        return self.by_name.get(result.level.baseline.name)

    def start(self, result: Result) -> Result | None:
        """The float32 result of the dense network that it began as; None where the plan has none."""
        return self.by_name.get(result.level.start.name)

    def lessons(self, variant: Variant) -> list[Document]:
        """`teacher`, `weight` and `temperature` of every step of its recipe that learned from a teacher."""
        models = [replace(variant, recipe=step).model for step in (variant.recipe.before, variant.recipe)]
        return [row for model in models for row in self.compression.get(model, {}).get("distillation") or ()]

    @property
    def models(self) -> Mapping[str, Variant]:
        """Trained and compressed networks in order -> a variant of them."""
        found: dict[str, Variant] = {}
        for result in self.results:
            found.setdefault(result.variant.model, result.variant)
        return found

    def check(self) -> None:
        """Refuse an empty plan, results of different data sets, and predictions that are not those evaluated.

        Raises:
            StudyError: names the variant that does not belong to the others.
        """
        if not self.results:
            raise StudyError(
                "the plan exports no variant: add an architecture and a scheme to params.yaml, then `make plan`"
            )
        first: Result | None = None
        for result in self.results:
            _check_data(self.card, result)
            if result.evaluation and result.predictions:
                _check_predictions(self.classes, result, first)
                first = first or result


def _check_data(card: Document, result: Result) -> None:
    expected = card.get("fingerprint")
    found = result.evaluation.facts.get("data_fingerprint") if result.evaluation else expected
    if found != expected:
        raise StudyError(
            f"{result.name} was evaluated on another data set (fingerprint {str(found)[:12]}) than the "
            f"data card's ({str(expected)[:12]}): one report holds one data set, run `dvc repro`"
        )


def _check_predictions(classes: Sequence[str], result: Result, first: Result | None) -> None:
    own = result.predictions
    assert own is not None and result.evaluation is not None
    stated = [entry["correct"] for entry in result.evaluation.classes]
    counted = np.bincount(own.labels[own.correct], minlength=len(classes)).tolist()
    if stated and stated != counted:
        raise StudyError(f"the predictions and the accuracy of {result.name} do not belong together: evaluate it again")
    if first and first.predictions and not np.array_equal(own.labels, first.predictions.labels):
        raise StudyError(f"{result.name} and {first.name} were evaluated on different test images: run `dvc repro`")
