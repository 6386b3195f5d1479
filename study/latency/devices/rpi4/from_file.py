"""A prediction from the model file alone, for machines without the emulator: compute, memory, number of operators.

A roofline with a charge for each operator: multiply-accumulates at one rate, weights at another, operators at a third
(Williams et al. 2009, doi:10.1145/1498765.1498785, for the first two). The three rates are fitted to the ten published
times, so that they describe built-in kernels on a Raspberry Pi 4B, one thread, images of 32x32; their error is that of
architectures left out of the fit (`validation.py`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from study.arrays import Floats
from study.errors import StudyError
from study.tflite.facts import summarise
from study.tflite.parse import chosen, parse


@dataclass(frozen=True)
class Work:
    """What a file asks for: multiply-accumulates, bytes of weights, operators executed."""

    macs: int
    weight_bytes: int
    operators: int


@dataclass(frozen=True)
class Rates:
    """Microseconds for a million multiply-accumulates, for a megabyte of weights, for an operator."""

    us_per_million_macs: float
    us_per_megabyte: float
    us_per_operator: float


def work(model: bytes, signature: str | None = None) -> Work:
    """Read it from a .tflite file; of several levels, for that of `signature`.

    Raises:
        StudyError: the bytes are not a complete, consistent TFLite file, or have no such level.
    """
    tables = parse(model)
    level = summarise(tables).level(signature)
    return Work(level.macs, level.weight_bytes, len(tables.graph(chosen(tables.signatures, signature)).operators))


def predict(asked: Work, rates: Rates) -> float:
    """Microseconds of one inference."""
    return float(_row(asked) @ np.array([rates.us_per_million_macs, rates.us_per_megabyte, rates.us_per_operator]))


def fit(asked: list[Work], measured_us: list[float]) -> Rates:
    """Rates, none below zero, with the least squares of relative errors.

    Raises:
        StudyError: fewer than three measurements, or one that is not positive.
    """
    if len(asked) < 3 or len(asked) != len(measured_us) or min(measured_us) <= 0:
        raise StudyError("three rates need at least three models with a positive time each")
    rows, times = np.array([_row(one) for one in asked]), np.array(measured_us)
    found, _ = nnls(rows / times[:, None], np.ones(len(times)))
    return Rates(*map(float, found))


def _row(asked: Work) -> Floats:
    return np.array([asked.macs / 1e6, asked.weight_bytes / 1e6, asked.operators])
