"""A Raspberry Pi 4B, predicted: microseconds of one inference, computed and never timed.

From the emulated profile where the emulator and llvm-mca are there, else from the model file alone; each result says
which, and with which constants. One thread, tflite-runtime 2.14 with its built-in kernels: that is what could be
validated, and for which kinds of network, with which error, says `label.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from study.latency.devices import DEVICES
from study.latency.devices.rpi4 import cycles, emulator, from_file, jobs, validation
from study.latency.devices.rpi4.hardware import RASPBERRY_PI_4B
from study.latency.devices.rpi4.images import fixed_image
from study.latency.devices.rpi4.label import FILE, PROFILE
from study.latency.devices.rpi4.timing import parts
from study.latency.devices.target import DeviceUnderTest
from study.latency.measurement import Job, Latency
from study.specs.latency import CalibrationSpec, LatencySpec
from study.specs.parse import parse


def prepare(models: Mapping[str, bytes], spec: LatencySpec, target: DeviceUnderTest) -> dict[Job, Latency]:
    """Every variant, in the one way that is validated.

    Args:
        models: level -> bytes of its .tflite file.
        spec: section `latency` of params.yaml; only its `rpi4` matters.
        target: the device as the plan names it.
    """
    root = _emulator()
    made_of: list[Any] = [asdict(_calibration(spec)), [asdict(one) for one in validation.published(validation.WITHOUT)]]
    if root:
        made_of += [emulator.identity(root), cycles.version(), asdict(RASPBERRY_PI_4B)]
    return jobs.prepare(models, target, "predicted", DEVICES["rpi4_predicted"].jobs, made_of)


def measure(
    models: Mapping[str, bytes], begun: Mapping[Job, Latency], spec: LatencySpec, target: DeviceUnderTest
) -> Iterator[tuple[Job, Latency]]:
    """Predict what is open; each result is complete at once.

    Args:
        models: level -> bytes of its .tflite file.
        begun: from `prepare`, or what an earlier session made of it.
        spec: section `latency` of params.yaml.
        target: the device as the plan names it.
    """
    root, constants = _emulator(), _calibration(spec)

    def one(job: Job, found: Latency) -> Latency:
        model = models[job.variant]
        if root:
            computed = _from_profile(model, job.signature, root, constants)
        else:
            computed = _from_file(model, job.signature, constants)
        return replace(found, delegate="none", computed=computed)

    yield from jobs.work_through(begun, one)


def _from_profile(model: bytes, signature: str | None, root: Path, constants: CalibrationSpec) -> dict[str, Any]:
    ran = emulator.run(model, fixed_image(model, signature), root, signature=signature)
    causes = parts(ran.profile.counts, cycles.cycles(ran.profile.blocks))
    scale = constants.scale or validation.profile_errors().scale
    return {
        "method": PROFILE,
        "median_us": scale * causes.total,
        "scale": scale,
        "unscaled_us": asdict(causes),
        "counts": asdict(ran.profile.counts),
        **_fitted_to(constants.scale is not None, constants.scale_error_percent),
    }


def _from_file(model: bytes, signature: str | None, constants: CalibrationSpec) -> dict[str, Any]:
    asked, published = from_file.work(model, signature), validation.file_rates()
    own = _own_rates(constants)
    return {
        "method": FILE,
        "median_us": from_file.predict(asked, own or published),
        "work": asdict(asked),
        "rates": asdict(own or published),
        **_fitted_to(own is not None, constants.rates_error_percent),
    }


def _fitted_to(own: bool, errors: Mapping[str, float] | None) -> dict[str, Any]:
    """Whether constants are those of one's own board: then with their errors, which nothing else knows."""
    return {"calibrated": own, **({"left_out_percent": dict(errors or {})} if own else {})}


def _own_rates(constants: CalibrationSpec) -> from_file.Rates | None:
    macs, megabyte, operator = constants.us_per_million_macs, constants.us_per_megabyte, constants.us_per_operator
    return None if macs is None or megabyte is None or operator is None else from_file.Rates(macs, megabyte, operator)


def _calibration(spec: LatencySpec) -> CalibrationSpec:
    return parse(CalibrationSpec, spec.rpi4 or {}, "latency.rpi4")


def _emulator() -> Path | None:
    root = emulator.sysroot()
    return root if emulator.missing(root) is None and cycles.available() else None
