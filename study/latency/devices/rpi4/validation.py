"""How far predictions are from the ten times that the 2021 study published: the error that every prediction carries.

`published.json` holds what the emulator counted in the study's own models of those ten, and `make validate-prediction`
writes it anew. Cleared lines are left out there (see profiler.c): the runtime of 2021 did not clear them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from study.arrays import Floats
from study.errors import StudyError
from study.latency.devices.rpi4 import from_file
from study.latency.devices.rpi4.from_file import Work
from study.latency.devices.rpi4.profile import Counts
from study.latency.devices.rpi4.timing import parts, unrefined

STORED = Path(__file__).with_name("published.json")


@dataclass(frozen=True)
class Known:
    """A model with a known time: work of the file, microseconds, counted events and cycles of one inference.

    No `counts` where there was no emulator: then its file alone can be predicted from.
    """

    architecture: str
    scheme: str
    work: Work
    microseconds: float
    counts: Counts | None = None
    cycles: float = 0.0


@dataclass(frozen=True)
class Errors:
    """Relative errors as fractions. `left_out` are those of architectures that no constant was fitted to.

    `scale` is what was fitted to all: the factor in front of the sum, 1 where nothing is fitted.
    """

    predicted: tuple[float, ...]
    mape: float
    worst: float
    left_out_mape: float
    left_out_worst: float
    spearman: float
    scale: float = 1.0


def known(document: Any) -> list[Known]:
    """Read `published.json`, or a document of the same form.

    Raises:
        StudyError: it is damaged or of another version.
    """
    try:
        return [
            Known(
                row["architecture"],
                row["scheme"],
                Work(**row["work"]),
                float(row["published_us"]),
                Counts(**row["counts"]),
                float(row["cycles"]),
            )
            for row in document["models"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"the stored profiles are damaged ({error}): run `make validate-prediction`") from error


@cache
def published() -> tuple[Known, ...]:
    """The ten."""
    return tuple(known(json.loads(STORED.read_text())))


def scale_of(predicted: Floats, measured: Floats) -> float:
    """The one factor that makes predictions right on average, in ratios: the geometric mean of measured/predicted."""
    return float(np.exp(np.mean(np.log(measured / predicted))))


def scaled(models: Sequence[Known], predict: Callable[[Known], float]) -> Errors:
    """Errors of a prediction times one fitted factor; architecture by architecture left out of the fit."""
    raw = np.array([predict(model) for model in models], dtype=np.float64)
    times = np.array([model.microseconds for model in models], dtype=np.float64)
    scale = scale_of(raw, times)
    return _errors(models, scale * raw, lambda fitted, out: scale_of(raw[fitted], times[fitted]) * raw[out], scale)


def unfitted(models: Sequence[Known], predict: Callable[[Known], float]) -> Errors:
    """Errors of a prediction as it is."""
    raw = np.array([predict(model) for model in models], dtype=np.float64)
    return _errors(models, raw, lambda fitted, out: raw[out])


def rates(models: Sequence[Known]) -> Errors:
    """Errors of `from_file`, whose three rates are fitted."""

    def left_out(fitted: Floats, out: Floats) -> Floats:
        found = fitted_rates([model for model, use in zip(models, fitted, strict=True) if use])
        return np.array([from_file.predict(model.work, found) for model, use in zip(models, out, strict=True) if use])

    found = fitted_rates(models)
    return _errors(models, np.array([from_file.predict(model.work, found) for model in models]), left_out)


def with_rates(models: Sequence[Known], found: from_file.Rates) -> Errors:
    """Errors of `from_file` with given rates; nothing is fitted."""
    raw = np.array([from_file.predict(model.work, found) for model in models])
    return _errors(models, raw, lambda fitted, out: raw[out])


def from_profile(model: Known) -> float:
    """The prediction in use, in microseconds before any scale."""
    return parts(_counted(model), model.cycles).total


def from_profile_unrefined(model: Known) -> float:
    """Execution and read bandwidth alone."""
    return unrefined(_counted(model), model.cycles)


def _counted(model: Known) -> Counts:
    if model.counts is None:
        raise StudyError(f"{model.architecture} {model.scheme} was not emulated: nothing to predict from but its file")
    return model.counts


@cache
def profile_errors() -> Errors:
    """Of the prediction from the emulated profile, on the ten, with its scale."""
    return scaled(published(), from_profile)


@cache
def file_errors() -> Errors:
    """Of the prediction from the file alone, on the ten."""
    return rates(published())


@cache
def file_rates() -> from_file.Rates:
    """Its rates, fitted to the ten."""
    return fitted_rates(published())


def fitted_rates(models: Sequence[Known]) -> from_file.Rates:
    """The rates of `from_file` that fit these models best."""
    return from_file.fit([model.work for model in models], [model.microseconds for model in models])


def _errors(
    models: Sequence[Known], predicted: Floats, left_out: Callable[[Any, Any], Floats], scale: float = 1.0
) -> Errors:
    names = np.array([model.architecture for model in models])
    times = np.array([model.microseconds for model in models], dtype=np.float64)
    if len(set(names)) < 2:
        raise StudyError("an error of left-out architectures needs at least two of them")
    off = np.abs(predicted / times - 1)
    outside = np.empty_like(times)
    for name in set(names):
        outside[names == name] = left_out(names != name, names == name)
    away = np.abs(outside / times - 1)
    return Errors(
        tuple(map(float, predicted)),
        float(off.mean()),
        float(off.max()),
        float(away.mean()),
        float(away.max()),
        float(spearmanr(predicted, times).statistic),
        scale,
    )
