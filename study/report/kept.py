"""What a report was made of, in one small file beside it: enough to make it again, or to join it with another.

Heavy things stay out: of the logits, the class named for each image and the reliability table are kept; of latency
samples, their summary. Format: JSON, compressed with xz; the same inputs give the same bytes.
"""

import json
import lzma
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from study.errors import StudyError
from study.latency.measurement import summarise
from study.latency.samples import pack, unpack
from study.report.inputs import Document, Inputs, Slot
from study.statistics.reliability import Bin
from study.tasks.classification import Predictions

KEPT = "inputs.json.xz"
"""Name of the file."""

FORMAT = 1
REDUCED = ("predictions", "answered", "latency", "images")
AS_THEY_ARE = tuple(field.name for field in fields(Inputs) if field.name not in REDUCED)
LIMIT = 500_000_000
"""Bytes that a file may unpack to: it may come from somebody else."""


def keep(inputs: Inputs, given: Mapping[str, Predictions]) -> bytes:
    """The content of the file; `given` are the answers of the variants."""
    labels: Any = next(iter(given.values())).labels if given else []
    document: dict[str, Any] = {name: getattr(inputs, name) for name in AS_THEY_ARE} | {
        "format": FORMAT,
        "latency": [vars(slot) | {"document": slot.document and _summarised(slot.document)} for slot in inputs.latency],
        "labels": pack(labels),
        "answers": {
            variant: {
                "named": pack(one.predicted),
                "ties": one.ties,
                "reliability": [asdict(place) for place in one.reliability],
            }
            for variant, one in given.items()
        },
    }
    return lzma.compress(json.dumps(document, separators=(",", ":")).encode(), preset=9)


def kept(content: bytes) -> Inputs:
    """The inputs in a file's content. They hold answers in place of predictions, and no images.

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
        return Inputs(
            **{name: document[name] for name in AS_THEY_ARE if name in document},  # an older file has fewer
            predictions={},
            latency=[Slot(**slot) for slot in document["latency"]],
            answered={variant: _answers(one, labels) for variant, one in document["answers"].items()},
        )
    except (lzma.LZMAError, MemoryError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudyError(f"it is damaged ({type(error).__name__}: {error}): make the report again") from error


def _answers(one: Document, labels: Any) -> Predictions:
    named = unpack(one["named"])
    if named.shape != labels.shape:
        raise StudyError(f"{len(named)} answers for {len(labels)} images: the file is damaged, make the report again")
    bins = tuple(Bin(**place) for place in one["reliability"])
    return Predictions(labels, named, np.asarray(named == labels), int(one["ties"]), bins)


def _summarised(document: Document) -> Document:
    """A latency document whose samples have given way to what a report says of them."""
    if "summary" in document or not document.get("rounds"):
        return document
    samples = ("rounds", "earlier")
    return {key: value for key, value in document.items() if key not in samples} | {"summary": summarise(document)}
