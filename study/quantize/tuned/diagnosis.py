"""Look at the int8 quantization of one network layer by layer: what hurts, and what brings the accuracy back."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import tf_keras

from study.examples import Examples
from study.quantize.converter import convert_with
from study.quantize.tuned import calibrated, sensitivity
from study.quantize.tuned.sensitivity import Sensitivity, Step

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


@dataclass(frozen=True)
class Diagnosis:
    """Result of `diagnose`. `top1` and `file_bytes` are those of the float32 file; `chosen` indexes `steps`.

    `layers` and `steps` have ranges of least error; `plain` and `plain_layers` are int8 as the converter makes it,
    None and empty where no kernel takes such ranges (a hard-swish refuses more than 128 times its result's).
    """

    layers: tuple[Sensitivity, ...]
    plain: Step | None
    plain_layers: tuple[Sensitivity, ...]
    steps: tuple[Step, ...]
    chosen: int
    top1: float
    file_bytes: int
    images: int


def diagnose(
    model: tf_keras.Model, calibration: npt.NDArray[Any], validation: Examples, watch: Watch = lambda steps, *_: steps
) -> tuple[Diagnosis, bytes]:
    """Rank the layers of `model`, find how many must stay in float, and return the file that keeps the budget.

    Args:
        model: the network.
        calibration: uint8 [N, H, W, 3].
        validation: held-out examples on which accuracy is measured; never the test split.
        watch: shows progress.
    """
    seen = calibrated.calibrate(model, calibration)
    ranges = calibrated.with_least_error(seen, calibration)
    operators = calibrated.operators(ranges)
    held_out = sensitivity.subset(validation, VALIDATION_IMAGES)

    def quantize(in_float: set[str]) -> bytes:
        return calibrated.quantize(ranges, in_float)

    def noise(tflite: bytes) -> Any:
        return calibrated.logits(tflite, calibration[:NOISE_IMAGES])

    def answers(tflite: bytes) -> Any:
        return calibrated.logits(tflite, held_out.images)

    names = [(operator.name, operator.kind) for operator in operators]
    def plainly(in_float: set[str]) -> bytes:
        return calibrated.quantize(seen, in_float)

    layers = tuple(watch(sensitivity.sensitivities(names, quantize, noise), len(names), "layers"))
    whole = convert_with(model, lambda converter: None)
    reference = answers(whole)
    top1 = float((reference.argmax(1) == held_out.labels).mean())
    extra = {operator.name: EXTRA_BYTES * operator.weights + CONVERSION_BYTES for operator in operators}
    worst = sensitivity.ranking(layers, extra, LARGEST * len(whole) - len(quantize(set())))
    steps = tuple(watch(sensitivity.recovery(worst, quantize, answers, reference, held_out.labels),
                        sensitivity.number_of_steps(len(worst)), "back to float"))  # fmt: skip
    plain: Step | None = None
    plain_layers: tuple[Sensitivity, ...] = ()
    with suppress(RuntimeError):
        (plain,) = sensitivity.recovery([], plainly, answers, reference, held_out.labels)
        plain_layers = tuple(watch(sensitivity.sensitivities(names, plainly, noise), len(names), "plain int8"))
    chosen = sensitivity.choose(steps, top1, BUDGET)
    found = Diagnosis(layers, plain, plain_layers, steps, chosen, top1, len(whole), len(held_out))
    return found, quantize(set(steps[chosen].in_float))
