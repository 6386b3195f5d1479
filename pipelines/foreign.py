"""Evaluation of a file from elsewhere: what it takes and gives is decided here, and said in five lines."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

import numpy as np

from pipelines import files
from pipelines.judged import Data, Judged
from study.arrays import Array
from study.errors import StudyError
from study.tasks import classification, metrics
from study.tasks.class_order import better_order, outputs_of
from study.tasks.label_file import read_labels
from study.tasks.outputs import Answers, Kind, answers
from study.tflite.facts import LevelSummary
from study.tflite.image_facts import Asked, ImageFacts, image_facts
from study.tflite.metadata import Metadata, read_metadata

PROBABILISTIC = ("nll", "brier", "ece")
"""Scores that need probabilities."""


@dataclass(frozen=True)
class Question:
    """One level of a foreign file, and how it is going to be asked. `labels`: those of `labels_from`, or none."""

    title: str
    level: LevelSummary
    facts: ImageFacts
    labels: tuple[str, ...]
    labels_from: str
    outputs: Kind | None


@dataclass(frozen=True)
class Order:
    """Class -> the model's output for it: the data's classes, then those that it has none of. `why`: from where."""

    classes: tuple[str, ...]
    outputs: tuple[int, ...]
    why: str


def question(args: argparse.Namespace, title: str, tflite: bytes, level: LevelSummary, subgraph: int) -> Question:
    """Decide how a level takes images and in which order it gives classes, from the file and the command's options.

    Raises:
        StudyError: it is no image classifier, or an option contradicts it or cannot be read.
    """
    metadata = read_metadata(tflite, subgraph)
    facts = image_facts(level, metadata, asked(args))
    labels, labels_from = _labels(args.labels, metadata)
    return Question(title, level, facts, labels, labels_from, args.outputs)


def asked(args: argparse.Namespace) -> Asked:
    """The options on a model's input, as numbers."""
    span, mean, std = (_numbers(args, name) for name in ("input_range", "mean", "std"))
    if args.input_range is not None and len(span) != 2:
        raise StudyError(f"--input-range '{args.input_range}': give two numbers, e.g. --input-range=-1,1")
    if bool(mean) != bool(std):
        raise StudyError("--mean and --std belong together: give both")
    if std and max(std) < 1:
        mean, std = tuple(255 * one for one in mean), tuple(255 * one for one in std)
    elif std and 0 < max(map(abs, mean)) <= 1:
        raise StudyError("--mean is of pixel values 0 to 1 and --std of 0 to 255: multiply the mean by 255")
    size = re.fullmatch(r"([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?", args.size or "")
    if args.size and not size:
        raise StudyError(f"--size '{args.size}': give one number, or HEIGHTxWIDTH")
    both = (int(size[1]), int(size[2] or size[1])) if size else None
    return Asked((span[0], span[1]) if span else None, mean, std, args.bgr, both)


def judged(own: Question, data: Data, found: Mapping[str, Array]) -> Judged:
    """Scores of what the model gave, and what was assumed.

    Raises:
        StudyError: the outputs cannot be the data's classes, or are not finite.
    """
    port, labels = own.level.outputs[0], found["labels"]
    unscaled = port.dtype in ("int8", "uint8") and not (port.scale or 0) > 0
    metrics.check_finite(found["logits"])
    given = answers(found["logits"], own.level.output_op, port.scale or 0.0, unscaled, own.outputs)
    order = _order(own, data, given.logits.shape[1])
    logits = np.ascontiguousarray(given.logits[:, list(order.outputs)])
    scores = classification.summary(logits, labels, order.classes)
    if given.kind == "scores":
        scores |= dict.fromkeys(PROBABILISTIC)
    # As a runtime's user takes it: of equal outputs the first of the model's own order.
    plain = np.argsort(order.outputs)[given.logits.argmax(axis=1)]
    scores["top1_argmax"] = float((plain == labels).mean())
    said = _said(own, data, found, given, order, scores)
    details = {"input_range": _values(own.facts), "outputs": given.kind, "assumed": list(said[1:-1])}
    return Judged(logits, labels, scores, details, said, _warnings(own, order, metrics.predictions(logits), labels))


def _numbers(args: argparse.Namespace, name: str) -> tuple[float, ...]:
    text = getattr(args, name)
    try:
        return () if text is None else tuple(float(part) for part in text.split(","))
    except ValueError as error:
        wanted = "two numbers, e.g. --input-range=-1,1" if name == "input_range" else "one number, or one a channel"
        raise StudyError(f"--{name.replace('_', '-')} '{text}': give {wanted}") from error


def _labels(path: str | None, metadata: Metadata) -> tuple[tuple[str, ...], str]:
    if path is None:
        return metadata.labels, f"{metadata.labels_file} in the model" if metadata.labels else ""
    with files.naming(path):
        return read_labels(files.read_bytes(path)), f"--labels {path}"


def _order(own: Question, data: Data, count: int) -> Order:
    labels, unused = own.labels, ""
    if labels and len(labels) != count:
        if own.labels_from.startswith("--labels"):
            raise StudyError(f"{own.labels_from} names {len(labels)} classes, and the model has {count}")
        labels, unused = (), f"; {own.labels_from} names {len(labels)} classes for {count} outputs and is not used"
    if labels and not data.named:
        if len(data.classes) <= count:
            return Order(labels, tuple(range(count)), f"{own.labels_from}, for the numbers of the data")
    elif labels:
        outputs = outputs_of(data.classes, labels)
        others = [at for at in range(count) if at not in set(outputs)]
        return Order(data.classes + tuple(labels[at] for at in others), (*outputs, *others), own.labels_from)
    if len(data.classes) != count:
        raise StudyError(
            f"the model has {count} outputs and the data {len(data.classes)} classes: they must be the same classes in "
            f"the same order, or --labels must name the model's{unused}"
        )
    return Order(data.classes, tuple(range(count)), f"assumed, the data's own order{unused}")


def _said(
    own: Question, data: Data, found: Mapping[str, Array], given: Answers, order: Order, scores: Mapping[str, object]
) -> tuple[str, ...]:
    height, width = found["size"]
    facts, port = own.facts, own.level.inputs[0]
    axes = {"NHW": "no axis of channels"}.get(facts.taken.layout, facts.taken.layout)
    size = "the images' size, the model takes any" if facts.any_size else "the model's size"
    names = [order.classes[at] for at in np.argsort(order.outputs)]
    sure = "" if given.kind != "scores" else "; no probabilities, so no nll, brier and ece"
    return (
        f"{own.title}: {len(found['labels'])} images of {data.name}",
        f"input    {height}x{width} ({size}), {axes}, {facts.taken.channels}, {port.dtype}, pixels 0 to 255 as "
        f"{_values(facts)} ({facts.why_range})",
        f"outputs  {given.logits.shape[1]} classes, {given.kind} ({given.why}{sure})",
        f"order    {_listed(names)} ({order.why})",
        f"top-1    {scores['top1']:.4f} with ties by lot ({scores['ties']} images), {scores['top1_argmax']:.4f} by "
        "plain argmax",
    )


def _warnings(own: Question, order: Order, predicted: Array, labels: Array) -> tuple[str, ...]:
    better = better_order(predicted, labels, len(order.classes))
    if better is None:
        return ()
    # Class in the data's order -> the model's output that answers for it.
    outputs = [order.outputs[at] for at in better.outputs]
    names = [order.classes[at] for at in np.argsort(outputs)]
    return (
        f"{own.title}: with its outputs in the order {_listed(names)}, {better.top1:.4f} of the images would be right "
        f"instead of {better.as_given:.4f}: is this the order that it was trained in? Then name it by --labels",
    )


def _listed(names: Sequence[str]) -> str:
    return shorten(", ".join(names), 160, placeholder=" ...")


def _values(facts: ImageFacts) -> str:
    taken = facts.taken
    if taken.mean:
        return f"(pixel - {_joined(taken.mean)}) / {_joined(taken.std)}"
    return f"{taken.input_range[0]:g},{taken.input_range[1]:g}"


def _joined(values: Sequence[float]) -> str:
    return "/".join(f"{one:.6g}" for one in values)
