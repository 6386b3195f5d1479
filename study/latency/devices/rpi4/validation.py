"""How far predictions are from the ten times that the 2021 study published: the error that every prediction carries.

`published.json` holds what the emulator counted in the study's own models of those ten, and `make validate-prediction`
writes it anew. Each was counted twice: WITHOUT the lines that are cleared (see profiler.c), which the scale is fitted
to, and WITH them, as predictions count. The times fit the first better, as if the runtime of 2021 had not cleared; but
no file here shows what it did, so the error of a prediction is that of the second.
"""

import json
from collections.abc import Callable, Mapping, Sequence
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
WITHOUT, WITH = "without_clearing", "with_clearing"


@dataclass(frozen=True)
class Known:
    """A model with a known time: work of the file, microseconds, counted events and cycles of one inference.

    `kind`: of network, as `study.latency.network_kind` names it; the ten are `float32` and `int8`. No `counts` where
    there was no emulator: then its file alone can be predicted from.
    """

    architecture: str
    kind: str
    work: Work
    microseconds: float
    counts: Counts | None = None
    cycles: float = 0.0


@dataclass(frozen=True)
class Errors:
    """Errors model by model, as fractions of the known time; above zero: predicted too slow.

    `fitted` are those of predictions (`predicted`, microseconds) with constants that were fitted to all models,
    `left_out` those with constants fitted to the other architectures. `scale` is the factor in front of the sum, 1
    where nothing is fitted.
    """

    predicted: tuple[float, ...]
    fitted: tuple[float, ...]
    left_out: tuple[float, ...]
    spearman: float
    scale: float = 1.0

    @property
    def mape(self) -> float:
        """Mean of `fitted` without signs."""
        return _mean(self.fitted)

    @property
    def worst(self) -> float:
        """The largest of `fitted` without signs."""
        return max(map(abs, self.fitted))

    @property
    def left_out_mape(self) -> float:
        """Mean of `left_out` without signs."""
        return _mean(self.left_out)

    @property
    def left_out_worst(self) -> float:
        """The largest of `left_out` without signs."""
        return max(map(abs, self.left_out))


@dataclass(frozen=True)
class LeftOut:
    """Errors of one kind of network in per cent, each architecture predicted without it.

    `mean` has no sign; `worst` has one, above zero: predicted too slow; `worst_of` is the architecture.
    """

    mean: float
    worst: float
    worst_of: str


def known(document: Any, counted: str = WITH) -> list[Known]:
    """Read `published.json`, or a document of the same form; `counted` is WITH or WITHOUT.

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
                Counts(**row[counted]["counts"]),
                float(row[counted]["cycles"]),
            )
            for row in document["models"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"the stored profiles are damaged ({error}): run `make validate-prediction`") from error


@cache
def published(counted: str = WITH) -> tuple[Known, ...]:
    """The ten."""
    return tuple(known(json.loads(STORED.read_text()), counted))


def scale_of(predicted: Floats, measured: Floats) -> float:
    """The one factor that makes predictions right on average, in ratios: the geometric mean of measured/predicted."""
    return float(np.exp(np.mean(np.log(measured / predicted))))


def scaled(
    models: Sequence[Known], predict: Callable[[Known], float], fitted_to: Sequence[Known] | None = None
) -> Errors:
    """Errors of a prediction times one fitted factor; architecture by architecture left out of the fit.

    Args:
        models: counted as they are predicted.
        predict: microseconds of one before the factor.
        fitted_to: the same models in the same order, where the factor is fitted to other counts.
    """
    raw = np.array([predict(model) for model in models], dtype=np.float64)
    base = np.array([predict(model) for model in fitted_to or models], dtype=np.float64)
    times = np.array([model.microseconds for model in models], dtype=np.float64)
    scale = scale_of(base, times)
    return _errors(models, scale * raw, lambda fitted, out: scale_of(base[fitted], times[fitted]) * raw[out], scale)


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


def by_kind(models: Sequence[Known], errors: Errors) -> Mapping[str, LeftOut]:
    """Kind of network -> the left-out errors of its models, which `errors` are of in the same order."""
    found: dict[str, LeftOut] = {}
    for kind in dict.fromkeys(model.kind for model in models):
        own = [
            (100 * off, model.architecture)
            for model, off in zip(models, errors.left_out, strict=True)
            if model.kind == kind
        ]
        worst, name = max(own, key=lambda one: abs(one[0]))
        found[kind] = LeftOut(_mean([off for off, _ in own]), worst, name)
    return found


def from_profile(model: Known) -> float:
    """The prediction in use, in microseconds before any scale."""
    return parts(_counted(model), model.cycles).total


def from_profile_unrefined(model: Known) -> float:
    """Execution and read bandwidth alone."""
    return unrefined(_counted(model), model.cycles)


def _counted(model: Known) -> Counts:
    if model.counts is None:
        raise StudyError(f"{model.architecture} {model.kind} was not emulated: nothing to predict from but its file")
    return model.counts


@cache
def profile_errors() -> Errors:
    """Of predictions from the emulated profile as they are made, on the ten, with their scale."""
    return scaled(published(WITH), from_profile, fitted_to=published(WITHOUT))


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
    outside = np.empty_like(times)
    for name in set(names):
        outside[names == name] = left_out(names != name, names == name)
    return Errors(
        tuple(map(float, predicted)),
        tuple(map(float, predicted / times - 1)),
        tuple(map(float, outside / times - 1)),
        float(spearmanr(predicted, times).statistic),
        scale,
    )


def _mean(errors: Sequence[float]) -> float:
    return float(np.mean(np.abs(errors)))
