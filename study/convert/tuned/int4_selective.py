"""The scheme `int4_weights` with the kernels in int8 that cost most, as few as keep the accuracy.

A ranking of the kernels by the noise at the logits that 4 bits instead of 8 add alone (see sensitivity.py), then the
worst get 8 bits, more and more, until the accuracy on validation images is within the budget of `int8_selective`.
"""

import math

from study.arrays import Array
from study.convert.signatures import Levels, convert_levels
from study.convert.tuned.calibrated import logits, operators
from study.convert.tuned.four_bits import FOUR, in_four_bits
from study.convert.tuned.selection import BUDGET, NOISE_IMAGES, VALIDATION_IMAGES
from study.convert.tuned.sensitivity import choose, ranking, recovery, sensitivities
from study.data.examples import Examples
from study.errors import StudyError


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`; noise is measured on `calibration` (uint8 [N, H, W, 3]), accuracy on `validation`."""
    if len(levels) > 1:
        raise StudyError("int4_selective chooses the kernels of one network: take int4_weights for several levels")
    whole = convert_levels(levels, lambda converter: None)
    kernels = [operator for operator in operators(whole) if operator.kind in FOUR]
    found = sensitivities(
        [(kernel.name, kernel.kind) for kernel in kernels],
        lambda in_eight: in_four_bits(whole, in_eight),
        lambda tflite: logits(tflite, calibration[:NOISE_IMAGES]),
    )
    extra = {kernel.name: kernel.weights // 2 for kernel in kernels}
    worst = ranking(list(found), extra, math.inf)
    held_out = validation.spread(VALIDATION_IMAGES)
    reference = logits(whole, held_out.images)
    top1 = float((reference.argmax(1) == held_out.labels).mean())
    steps = []
    for step in recovery(
        worst,
        lambda in_eight: in_four_bits(whole, in_eight),
        lambda tflite: logits(tflite, held_out.images),
        reference,
        held_out.labels,
    ):
        steps.append(step)
        if step.top1 >= top1 - BUDGET:
            break
    return in_four_bits(whole, steps[choose(steps, top1, BUDGET)].in_float)
