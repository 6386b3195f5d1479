"""Refit the constants of the Raspberry Pi predictions to measurements of one's own board.

What the ten published times leave open (clock, cooling, operating system, runtime) own measurements settle. As in the
validation, an error is that of architectures left out of the fit, kind of network by kind: it stands under predictions
of that kind alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.errors import StudyError
from study.latency.devices.rpi4 import validation
from study.latency.devices.rpi4.validation import Errors, Known
from study.latency.measurement import from_document, summarise
from study.specs.latency import CalibrationSpec

FOR_SCALE, FOR_RATES = 1, 3
"""Models that must remain whichever architecture is left out, for one factor and for three rates."""


@dataclass(frozen=True)
class Calibration:
    """Refitted constants, and the mean error in per cent that the published ones have on the same measurements.

    `scale_before` is None where nothing was emulated, `rates_before` where too few ran on built-in kernels.
    """

    constants: CalibrationSpec
    scale_before: float | None
    rates_before: float | None


def calibrate(emulated: Sequence[Known], by_file: Sequence[Known]) -> Calibration:
    """Fit the scale to emulated models, the three rates to all that ran on built-in kernels; either may be too few.

    Args:
        emulated: measured models with counts of the kernels that they were measured with.
        by_file: measured models that ran on built-in kernels, with or without counts.

    Raises:
        StudyError: too few of both.
    """
    values: dict[str, Any] = {}
    scale_before = rates_before = None
    if _enough(emulated, FOR_SCALE):
        found, published = validation.scaled(emulated, validation.from_profile), validation.profile_errors().scale
        before = validation.unfitted(emulated, lambda model: published * validation.from_profile(model))
        values |= {"scale": found.scale, "scale_error_percent": _means(emulated, found)}
        scale_before = 100 * before.mape
    if _enough(by_file, FOR_RATES):
        rates = validation.fitted_rates(by_file)
        values |= vars(rates) | {"rates_error_percent": _means(by_file, validation.rates(by_file))}
        rates_before = 100 * validation.with_rates(by_file, validation.file_rates()).mape
    if not values:
        raise StudyError(
            "calibration needs measured models of at least two architectures, and without the emulator "
            f"{FOR_RATES} on built-in kernels beside those of any one architecture: measure more"
        )
    return Calibration(CalibrationSpec(**values), scale_before, rates_before)


def measured_us(document: Mapping[str, Any]) -> float | None:
    """Median of a stored measurement that can calibrate: of a Raspberry Pi 4, one thread, complete. Else None.

    Raises:
        StudyError: the document is damaged.
    """
    found = from_document(document)
    board = str(found.context.get("board") or "")
    if found.kind != "measured" or found.threads != 1 or not found.complete or "Raspberry Pi 4" not in board:
        return None
    median: float = summarise(document)["median_us"]
    return median


def _means(models: Sequence[Known], errors: Errors) -> dict[str, float]:
    return {kind: error.mean for kind, error in validation.by_kind(models, errors).items()}


def _enough(models: Sequence[Known], needed: int) -> bool:
    """Whether so many remain without any one architecture."""
    own = Counter(model.architecture for model in models)
    return bool(own) and len(models) - max(own.values()) >= needed
