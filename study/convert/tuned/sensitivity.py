"""Which layers int8 hurts, and how many must stay in float until the accuracy is back.

Every layer is quantized alone, all others in float, and the damage is read at the logits: a signal-to-quantization-
noise ratio, in dB. Then the worst layers return to float, one more, two more, and so on (mixed precision by a
sensitivity ranking: Dong et al. 2019, HAWQ, arXiv 1905.03696; Nagel et al. 2021, arXiv 2106.08295, section 3.6).
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from study.arrays import Array

COUNTS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Numbers of layers in float that are tried."""


@dataclass(frozen=True)
class Sensitivity:
    """A layer, and the ratio at the logits when it alone is int8; infinite where it adds no noise."""

    name: str
    kind: str
    sqnr_db: float


@dataclass(frozen=True)
class Step:
    """A file with the worst layers in float: top-1 and agreement with float32 as fractions."""

    in_float: tuple[str, ...]
    top1: float
    agreement: float
    file_bytes: int


def sqnr_db(signal: Array, noisy: Array) -> float:
    """10 log10 of the power of `signal` over that of the difference, both of any equal shape."""
    noise = float(np.square(noisy - signal, dtype=np.float64).mean())
    power = float(np.square(signal, dtype=np.float64).mean())
    return math.inf if noise == 0 else -math.inf if power == 0 else 10 * math.log10(power / noise)


def sensitivities(
    names: Sequence[tuple[str, str]], quantize: Callable[[set[str]], bytes], logits: Callable[[bytes], Array]
) -> Iterator[Sensitivity]:
    """Quantize each layer alone.

    Args:
        names: (name, kind) of every layer, in the order of execution.
        quantize: names that stay in float -> file.
        logits: file -> logits [N, classes] of the images on which the noise is measured.

    Yields:
        One result a layer, in the order given.
    """
    everything = {name for name, _ in names}
    reference = logits(quantize(everything))
    for name, kind in names:
        yield Sensitivity(name, kind, sqnr_db(reference, logits(quantize(everything - {name}))))


def ranking(found: Sequence[Sensitivity], extra_bytes: Mapping[str, int], most_bytes: float) -> list[str]:
    """Names of layers that add noise, the noisiest first, as far as the bytes reach.

    A layer that is too large for what is left is passed over: activations and narrow layers go on.

    Args:
        found: what each layer adds.
        extra_bytes: layer -> bytes by which the file grows when it is float.
        most_bytes: by which it may grow in all.
    """
    names, left = [], most_bytes
    noisy = [layer for layer in found if math.isfinite(layer.sqnr_db)]
    for layer in sorted(noisy, key=lambda layer: layer.sqnr_db):
        if extra_bytes[layer.name] <= left:
            names.append(layer.name)
            left -= extra_bytes[layer.name]
    return names


def recovery(
    worst: Sequence[str],
    quantize: Callable[[set[str]], bytes],
    logits: Callable[[bytes], Array],
    reference: Array,
    labels: Array,
) -> Iterator[Step]:
    """Return more and more of the layers `worst` to float; `reference` are the logits of the float32 file."""
    named = reference.argmax(1)
    for count in COUNTS:
        chosen = tuple(worst[:count])
        tflite = quantize(set(chosen))
        answers = logits(tflite).argmax(1)
        yield Step(chosen, float((answers == labels).mean()), float((answers == named).mean()), len(tflite))
        if count >= len(worst):
            return


def number_of_steps(layers: int) -> int:
    """How many steps `recovery` takes for so many layers."""
    return min(sum(count < layers for count in COUNTS) + 1, len(COUNTS))


def choose(steps: Sequence[Step], top1: float, budget: float) -> int:
    """Index of the step to take: the first within `budget` (a fraction) of `top1`, else the most accurate."""
    for number, step in enumerate(steps):
        if step.top1 >= top1 - budget:
            return number
    return max(range(len(steps)), key=lambda number: (steps[number].top1, -number))
