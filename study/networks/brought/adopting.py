"""From a model file to a network of the study: read, taken apart, given the study's ports, rebuilt, and compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
import tf_keras

from study.arrays import Array
from study.data.augment import normalise
from study.data.examples import Examples
from study.errors import StudyError
from study.networks.brought.class_order import other_order
from study.networks.brought.graph import INPUT, Graph, WholeOnlyError
from study.networks.brought.input_port import Range, input_range, with_study_input
from study.networks.brought.opening import open_model
from study.networks.brought.output_port import Output, mapped, matrix_to, with_logits
from study.networks.brought.rebuilding import rebuilt
from study.networks.brought.taking_apart import taken_apart
from study.networks.brought.whole import Whole, between_ports, original_answers, read_whole

TOLERANCE = 1e-4
"""Largest difference between the original's outputs and those of what was rebuilt, as a share of their range."""
TRIED = 8
"""Held-out images, and as many of noise, on which they are compared."""


NO_LAYERS = Graph((), INPUT)
"""All that is known of a model's layers where they are of its own code."""


class Answering(Protocol):
    """What was brought, as far as it can be held against what was made of it."""

    @property
    def name(self) -> str:
        """Its path."""

    def answers(self, images: Array) -> Array:
        """Its outputs on images in its own range."""


@dataclass(frozen=True)
class _WholeOriginal:
    whole: Whole
    name: str

    def answers(self, images: Array) -> Array:
        return original_answers(self.whole, images)


@dataclass(frozen=True)
class Reading:
    """What the owner says of the file; see `study.plan.variant.Brought`."""

    input_range: Sequence[float] | None = None
    labels: Sequence[str] | None = None


@dataclass(frozen=True)
class Adopted:
    """The network, images in [-1, 1] -> logits in the data's order of classes, and sentences on how it was read.

    `whole`: it could not be taken apart, and is a function of tensors instead of a model.
    """

    model: tf_keras.Model
    whole: bool
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def adopt(path: Path, reading: Reading, classes: Sequence[str], validation: Examples, name: str) -> Adopted:
    """Make a network of the study of the model at `path`.

    Raises:
        StudyError: it cannot be one; one line says why, and which key to change.
    """
    original = open_model(path)
    if original is None:
        return _adopt_whole(path, reading, classes, validation)
    size = validation.images.shape[1]
    check_shape(original.input_shape, size, str(path))
    graph = taken_apart(original)
    own = input_range(graph, reading.input_range, str(path))
    outputs = int(tuple(original.model.outputs[0].shape)[-1])
    graph, output = with_logits(graph, outputs, str(path))
    matrix = matrix_to(classes, reading.labels, outputs, str(path))
    model = rebuilt(with_study_input(mapped(graph, matrix), own), (size, size, 3), name)
    compare(original, model, own, output, _order(classes, reading.labels), validation.images)
    return _adopted(model, False, own, output, reading, classes, validation, path)


def _adopt_whole(path: Path, reading: Reading, classes: Sequence[str], validation: Examples) -> Adopted:
    """The same of a SavedModel whose layers are of its own code."""
    size = validation.images.shape[1]
    whole = read_whole(path)
    check_shape(whole.input_shape, size, str(path))
    own = input_range(NO_LAYERS, reading.input_range, str(path))
    function = between_ports(whole, own, matrix_to(classes, reading.labels, whole.outputs, str(path)))
    compare(
        _WholeOriginal(whole, str(path)),
        function,
        own,
        whole.output,
        _order(classes, reading.labels),
        validation.images,
    )
    return _adopted(function, True, own, whole.output, reading, classes, validation, path)


def _adopted(
    model: Any,
    whole: bool,
    own: Range,
    output: Output,
    reading: Reading,
    classes: Sequence[str],
    validation: Examples,
    path: Path,
) -> Adopted:
    warnings = _warnings(answers(model, validation.images), validation, classes, str(path))
    notes = _notes(own, output, reading)
    notes += ["layers of its own code: exported as a whole, not compressed"] if whole else []
    return Adopted(model, whole, tuple(notes), tuple(warnings))


@dataclass(frozen=True)
class Facts:
    """What a model says of itself: the side of its images (None: any), its outputs, whether it can be compressed."""

    image_size: int | None
    outputs: int
    in_parts: bool


def look(path: Path, reading: Reading) -> Facts:
    """What can be known of the model at `path` without images.

    Raises:
        StudyError: as `adopt`, as far as it does not depend on the data.
    """
    original = open_model(path)
    if original is None:
        whole = read_whole(path)
        input_range(NO_LAYERS, reading.input_range, str(path))
        check_shape(whole.input_shape, whole.input_shape[0] or 0, str(path))
        return Facts(whole.input_shape[0], whole.outputs, False)
    height, width, _ = original.input_shape
    check_shape(original.input_shape, height or width or 0, str(path))
    graph = taken_apart(original)
    input_range(graph, reading.input_range, str(path))
    outputs = int(tuple(original.model.outputs[0].shape)[-1])
    with_logits(graph, outputs, str(path))
    return Facts(height or width, outputs, True)


def check_shape(shape: Sequence[int | None], size: int, where: str) -> None:
    """Hold the model's input against the images, [size, size, 3].

    Raises:
        StudyError: they differ; the message names the key to change.
    """
    height, width, channels = shape
    if channels not in (3, None):
        first = " (channels first?)" if height in (1, 3) else ""
        raise StudyError(f"{where} takes {list(shape)}{first}: the study's images are [height, width, 3], in colour")
    if height != width and None not in (height, width):
        raise StudyError(f"{where} takes images of {height}x{width}: the study's are square")
    wanted = height or width
    if wanted is not None and wanted != size:
        raise StudyError(
            f"{where} takes images of {wanted}x{wanted}, the data has {size}x{size}: set data.image_size to {wanted} "
            "in params.yaml"
        )


def compare(original: Answering, model: Any, own: Range, output: Output, order: Sequence[int], images: Array) -> None:
    """Hold what was rebuilt against the original, on held-out images and on noise.

    Raises:
        StudyError: they give different answers.
    """
    noise = np.random.default_rng(0).integers(0, 256, (TRIED, *images.shape[1:]), np.uint8)
    tried = np.concatenate([images[np.linspace(0, len(images) - 1, TRIED).astype(int)], noise])
    theirs = original.answers(own.of(tried))
    logits = answers(model, tried)
    ours = output.of(logits[:, np.argsort(order)])
    width = 1.0 if output.probabilities and not output.logarithm else float(np.ptp(theirs)) or 1.0
    if not np.isfinite(theirs).all():
        raise StudyError(f"{original.name} gives answers that are no finite numbers")
    worst = float(np.abs(ours - theirs).max()) / width
    if worst > TOLERANCE:
        raise WholeOnlyError(
            f"what was rebuilt of {original.name} gives other answers ({100 * worst:.2g} % of their range)"
        )
    sums = theirs.sum(1)
    if not output.probabilities and not output.one and theirs.min() >= 0 and np.allclose(sums, 1.0, atol=1e-3):
        raise StudyError(
            f"{original.name} gives probabilities, but not by a softmax at its end: the study needs logits; save it "
            "without the last layers"
        )


def answers(model: Any, images: Array) -> Array:
    """Logits of a network of the study, float32 [N, C], on uint8 images."""
    keras = isinstance(model, tf_keras.Model)
    predict = tf.function(lambda batch: model(batch, training=False) if keras else model(batch), reduce_retracing=True)
    found = [predict(tf.constant(normalise(images[i : i + 32]))).numpy() for i in range(0, len(images), 32)]
    return np.concatenate(found)


def _order(classes: Sequence[str], labels: Sequence[str] | None) -> list[int]:
    """Which of the original's outputs each class is."""
    return [list(labels or classes).index(name) for name in classes]


def _notes(own: Range, output: Output, reading: Reading) -> list[str]:
    said = "as params.yaml says" if reading.input_range is not None else "as its scaling layers say"
    ends = "logits"
    if output.one:
        ends = f"one {'sigmoid' if output.probabilities else 'logit'} of the second class"
    elif output.probabilities:
        ends = "a softmax"
    order = "of the data's classes" if reading.labels is None else "of its labels"
    return [f"input {own.low:g}..{own.high:g}, {said}", f"output {ends}, in the order {order}"]


def _warnings(logits: Array, validation: Examples, classes: Sequence[str], where: str) -> list[str]:
    found = other_order(logits, validation.labels)
    if found is None:
        return []
    now, best, order = found
    labels = ", ".join(classes[order.index(number)] for number in range(len(order)))
    return [
        f"{where} is right on {100 * now:.0f} % of the held-out images, and would be on {100 * best:.0f} % if its "
        f"outputs stood for {labels}: if they do, give that as labels in params.yaml"
    ]
