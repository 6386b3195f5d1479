"""Which layers of an int8 network stay in float: as few as keep the accuracy on validation images.

A ranking of the layers by the noise that each adds alone (see sensitivity.py), then the worst go back to float.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import tf_keras

from study.arrays import Array
from study.convert.calibration import calibrate, quantize
from study.convert.signatures import convert_with
from study.convert.tuned import calibrated, sensitivity
from study.convert.tuned.sensitivity import Sensitivity, Step
from study.data.examples import Examples
from study.tflite.signature import SERVING_DEFAULT

BUDGET = 0.005
"""Top-1 that an int8 file may lose on validation images, as a fraction."""

LARGEST = 0.39
"""Bytes that it may have, as a share of the float32 file."""

EXTRA_BYTES = 3
"""By which a weight grows from int8 to float32."""

CONVERSION_BYTES = 400
"""Of the operators and tensors that convert to float and back, a layer: 340 at most, as measured."""

NOISE_IMAGES = 50
"""Calibration images on which the noise of a layer is measured."""

VALIDATION_IMAGES = 5000
"""Validation images on which accuracy is measured, at most."""

Watch = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""Steps, their number and what they are -> the same steps, shown to somebody who waits."""


def unwatched(steps: Iterable[Any], total: int, label: str) -> Iterable[Any]:
    """Show nothing."""
    return steps


@dataclass(frozen=True)
class Subject:
    """A network ready to be quantized in part.

    `seen` is its file with the ranges that calibration recorded, `ranges` the same with those of least error;
    `reference` are the float32 file's logits [N, classes] of `held_out`.
    """

    seen: bytes
    ranges: bytes
    images: Array  # uint8 [N, H, W, 3], on which noise is measured
    held_out: Examples
    reference: Array
    file_bytes: int  # of the float32 file

    @property
    def top1(self) -> float:
        """Accuracy of the float32 file on `held_out`, a fraction."""
        return float((self.reference.argmax(1) == self.held_out.labels).mean())


@dataclass(frozen=True)
class Selection:
    """Layers in the order of execution, the steps back to float, and the index of the one to take."""

    layers: tuple[Sensitivity, ...]
    steps: tuple[Step, ...]
    chosen: int


def prepare(model: tf_keras.Model, calibration: Array, validation: Examples) -> Subject:
    """Calibrate `model` on uint8 [N, H, W, 3] images; `validation` is held out, never the test split."""
    seen = calibrate({SERVING_DEFAULT: model}, calibration)
    whole = convert_with(model, lambda converter: None)
    held_out = validation.spread(VALIDATION_IMAGES)
    return Subject(
        seen,
        calibrated.with_least_error(seen, calibration),
        calibration[:NOISE_IMAGES],
        held_out,
        calibrated.logits(whole, held_out.images),
        len(whole),
    )


def rank(subject: Subject, ranges: bytes, watch: Watch, label: str) -> tuple[Sensitivity, ...]:
    """Quantize every layer alone with the ranges of one calibrated file."""
    names = [(operator.name, operator.kind) for operator in calibrated.operators(ranges)]
    found = sensitivity.sensitivities(
        names, lambda in_float: quantize(ranges, in_float), lambda tflite: calibrated.logits(tflite, subject.images)
    )
    return tuple(watch(found, len(names), label))


def recover(subject: Subject, ranges: bytes, worst: list[str], watch: Watch, label: str) -> tuple[Step, ...]:
    """Return the layers `worst` to float, more and more of them, and read the accuracy."""
    found = sensitivity.recovery(
        worst,
        lambda in_float: quantize(ranges, in_float),
        lambda tflite: calibrated.logits(tflite, subject.held_out.images),
        subject.reference,
        subject.held_out.labels,
    )
    return tuple(watch(found, sensitivity.number_of_steps(len(worst)), label))


def select(subject: Subject, watch: Watch = unwatched) -> Selection:
    """Rank the layers and find how many must stay in float."""
    layers = rank(subject, subject.ranges, watch, "layers")
    extra = {
        operator.name: EXTRA_BYTES * operator.weights + CONVERSION_BYTES
        for operator in calibrated.operators(subject.ranges)
    }
    room = LARGEST * subject.file_bytes - len(quantize(subject.ranges, set()))
    steps = recover(subject, subject.ranges, sensitivity.ranking(layers, extra, room), watch, "back to float")
    return Selection(layers, steps, sensitivity.choose(steps, subject.top1, BUDGET))
