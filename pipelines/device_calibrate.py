"""Refit the Raspberry Pi predictions to a board of your own: prints the lines for section `latency` of params.yaml.

    python -m pipelines.device calibrate --measured artifacts/latency/NAME

NAME is a device whose measurements say that they come from a Raspberry Pi 4. Those of tflite-runtime with one thread
count; each is compared with an emulation of the same kernels (XNNPACK or built-in), where the emulator is there. Errors
are by kind of network. Predictions are of built-in kernels: errors of XNNPACK's stand under a kind of their own.
"""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from pipelines import files
from study.errors import StudyError
from study.latency.devices.rpi4 import cycles, emulator, from_file
from study.latency.devices.rpi4.calibration import Calibration, calibrate, measured_us
from study.latency.devices.rpi4.images import fixed_image
from study.latency.devices.rpi4.jobs import RUNTIME
from study.latency.devices.rpi4.validation import Known
from study.latency.network_kind import network_kind
from study.plan.cells import variant_of
from study.plan.variant import Variant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `run` needs."""
    parser.add_argument("--measured", type=Path, required=True, help="the device's folder under artifacts/latency")
    parser.add_argument("--tflite", type=Path, default=Path("artifacts/tflite"))
    parser.add_argument("--plan", type=Path, default=Path("plan.yaml"))


def run(options: argparse.Namespace) -> None:
    """Read measurements, emulate the same models, fit, print."""
    root = emulator.sysroot()
    usable = emulator.missing(root) is None and cycles.available()
    exported = files.read_yaml(options.plan)["exported"]
    found = {}
    for variant in exported:
        path = options.measured / f"{variant}__{RUNTIME}__t1.json"
        document = files.read_json(path) if path.exists() else None
        if document is not None and (time := measured_us(document)) is not None:
            found[variant] = (document, time)
    if not found:
        raise StudyError(f"{options.measured} holds no measurement of a Raspberry Pi 4 with {RUNTIME} and one thread")
    emulated, by_file = [], []
    for variant, (document, time) in tqdm(found.items(), "emulating" if usable else "reading", unit="model"):
        model = files.read_bytes(options.tflite / f"{variant}.tflite")
        known = _known(model, variant_of(variant, exported[variant]), document, time, root if usable else None)
        if usable:
            emulated.append(known)
        if document.get("delegate") == "none":
            by_file.append(known)
    print(text(calibrate(emulated, by_file)))


def _known(model: bytes, variant: Variant, document: Any, time: float, root: Path | None) -> Known:
    """A measured model, emulated with the kernels that it was measured with."""
    builtin = document.get("delegate") == "none"
    kind = network_kind(variant, fixed_image(model).shape[1]) + ("" if builtin else ", XNNPACK")
    names = (variant.architecture.family, kind, from_file.work(model), time)
    if root is None:
        return Known(*names)
    kernels = "builtin" if builtin else "default"
    profile = emulator.run(model, fixed_image(model), root, RUNTIME, kernels).profile
    return Known(*names, profile.counts, cycles.cycles(profile.blocks))


def text(found: Calibration) -> str:
    """The lines for params.yaml, with the errors as comments."""
    values = {name: _rounded(value) for name, value in asdict(found.constants).items() if value is not None}
    lines = ["# section latency of params.yaml"]
    for what, before, after in (
        ("from the emulated profile", found.scale_before, found.constants.scale_error_percent),
        ("from the file alone", found.rates_before, found.constants.rates_error_percent),
    ):
        if before is not None:
            each = "; ".join(f"{kind} {error:.1f} %" for kind, error in (after or {}).items())
            lines.append(f"# {what}: {before:.1f} % off before; architectures left out of the fit: {each}")
    return "\n".join([*lines, yaml.safe_dump({"rpi4": values}, sort_keys=False).rstrip()])


def _rounded(value: Any) -> Any:
    """A constant, or errors by kind, with four decimals."""
    return {kind: round(error, 4) for kind, error in value.items()} if isinstance(value, dict) else round(value, 4)
