"""What a report was made of, in one small file beside it: enough to make it again, or to join it with another.

Heavy things stay out: of the logits, the predicted class of each image and the reliability table are kept; of latency
samples, their summary. Format: JSON, compressed with xz; the same inputs give the same bytes.
"""

import json
import lzma
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from study.errors import StudyError
from study.latency.measurement import summarise
from study.latency.samples import pack, unpack
from study.plan.cells import NAME, variant_cell, variant_of
from study.plan.variant import Level
from study.report.inputs import Document, Evaluation, Inputs, Result, Slot
from study.statistics.reliability import Bin
from study.tasks.classification import Predictions
from study.tflite.signature import SERVING_DEFAULT

SNAPSHOT = "inputs.json.xz"
"""Name of the file."""

FORMAT = 1
AS_THEY_ARE = "preset card history timing compression encoded diagnosis robustness profiles ended".split()
LIMIT = 500_000_000
"""Bytes that a file may unpack to: it may come from somebody else."""


def keep(inputs: Inputs) -> bytes:
    """The content of the file."""
    given = {result.name: result.predictions for result in inputs.results if result.predictions}
    labels: Any = next(iter(given.values())).labels if given else []
    document = {name: getattr(inputs, name) for name in AS_THEY_ARE} | {
        "format": FORMAT,
        "exported": {one.name: {**variant_cell(one.variant), **_signature(one.level)} for one in inputs.results},
        "accuracy": {one.name: one.evaluation.document for one in inputs.results if one.evaluation},
        "refused": inputs.excluded,
        "latency": [vars(slot) | {"document": slot.document and _summarised(slot.document)} for slot in inputs.latency],
        "labels": pack(labels),
        "answers": {name: _kept(one) for name, one in given.items()},
    }
    return lzma.compress(json.dumps(document, separators=(",", ":")).encode(), preset=9)


def kept(content: bytes) -> Inputs:
    """The inputs in a file's content, without images.

    Raises:
        StudyError: it is no such file, or of another format.
    """
    try:
        reader = lzma.LZMADecompressor(memlimit=LIMIT)
        text = reader.decompress(content, max_length=LIMIT)
        document = json.loads(text) if reader.eof else None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise StudyError(f"it is not complete, or not of format {FORMAT}: make the report again with this version")
        labels = unpack(document["labels"])
        count = len(document["card"]["classes"])
        predictions = {name: _predictions(one, labels, count) for name, one in document["answers"].items()}
        evaluations = {name: Evaluation(dict(one)) for name, one in document["accuracy"].items()}
        return Inputs(
            **{name: document[name] for name in AS_THEY_ARE if name in document},  # an older file has fewer
            results=tuple(
                Result(_level(name, cell), evaluations.get(name), predictions.get(name))
                for name, cell in document["exported"].items()
            ),
            latency=[Slot(**slot) for slot in document["latency"]],
            excluded=document.get("refused") or {},
        )
    except (lzma.LZMAError, MemoryError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudyError(f"it is damaged ({type(error).__name__}: {error}): make the report again") from error


def _signature(level: Level) -> Mapping[str, str]:
    return {} if level.signature == SERVING_DEFAULT else {"signature": level.signature}


def _level(name: str, cell: Document) -> Level:
    signature = str(cell.get("signature", SERVING_DEFAULT))
    if not NAME.fullmatch(signature):
        raise StudyError(f"{signature!r:.80} is no name of a level: make the report again")
    file = name if signature == SERVING_DEFAULT else name.removesuffix(f"_{signature}")
    level = Level(variant_of(file, cell), signature)
    if level not in level.variant.levels or level.name != name:
        raise StudyError(f"{name:.80} is no level of {file:.80}: make the report again with this version")
    return level


def _kept(one: Predictions) -> Document:
    return {
        "named": pack(one.predicted),
        "ties": one.ties,
        "reliability": [asdict(place) for place in one.reliability],
    }


def _predictions(one: Document, labels: Any, classes: int) -> Predictions:
    predicted = unpack(one["named"])
    if not ((predicted >= 0) & (predicted < classes)).all():
        raise StudyError(f"it holds answers that are none of the {classes} classes: make the report again")
    if predicted.shape != labels.shape:
        raise StudyError(f"{len(predicted)} answers for {len(labels)} images: it is damaged, make the report again")
    bins = tuple(Bin(**place) for place in one["reliability"])
    return Predictions(labels, predicted, np.asarray(predicted == labels), int(one["ties"]), bins)


def _summarised(document: Document) -> Document:
    """A latency document whose samples have given way to what a report says of them."""
    if "summary" in document or not document.get("rounds"):
        return document
    samples = ("rounds", "earlier")
    return {key: value for key, value in document.items() if key not in samples} | {"summary": summarise(document)}
