"""A Raspberry Pi 4B, emulated: what one inference executes and misses, and whether its output is the host's.

The real aarch64 interpreter runs under QEMU. Its counts are exact and repeatable; how long QEMU takes says nothing
about the board, so no time is kept. Outputs are compared with this machine's kernels that calculate alike: for
tflite-runtime's built-in int8 kernels on ARM those are the reference kernels, for everything else the same ones. int8
of MobileNet and MobileNetV2 is equal to the bit then; that of MobileNetV3 and EfficientNet-B0 is not with any kernels
that a host has, since their ARM kernels round differently.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from study.arrays import Array
from study.errors import StudyError
from study.latency.devices import DEVICES
from study.latency.devices.rpi4 import emulator, jobs
from study.latency.devices.rpi4.images import fixed_image
from study.latency.devices.target import DeviceUnderTest
from study.latency.faults import NO_EMULATOR, DeviceFault
from study.latency.measurement import Job, Latency
from study.specs.latency import LatencySpec
from study.tflite.facts import read
from study.tflite.run import runtime_version

KERNELS = {"tflite_runtime": "builtin", "ai_edge_litert": "default"}
"""Built-in ones are those that predictions could be validated for; LiteRT computes by XNNPACK."""


def prepare(models: Mapping[str, bytes], spec: LatencySpec, target: DeviceUnderTest) -> dict[Job, Latency]:
    """Every variant in both interpreters of the sysroot.

    Raises:
        DeviceFault: the emulator is not there.
    """
    root = emulator.sysroot()
    if lacking := emulator.missing(root):
        raise DeviceFault(NO_EMULATOR, f"{target.name}: {lacking}, or take it out of grid.devices")
    pairs = DEVICES["rpi4_emulated"].jobs
    hosts = [runtime_version(runtime) for runtime, _ in pairs]
    return jobs.prepare(models, target, "emulated", pairs, [emulator.identity(root), *hosts])


def measure(
    models: Mapping[str, bytes], begun: Mapping[Job, Latency], spec: LatencySpec, target: DeviceUnderTest
) -> Iterator[tuple[Job, Latency]]:
    """Emulate what is open, and compare its output with the host's."""
    root = emulator.sysroot()

    def one(job: Job, found: Latency) -> Latency:
        model = models[job.variant]
        image = fixed_image(model, job.signature)
        ran = emulator.run(model, image, root, job.runtime, KERNELS[job.runtime], signature=job.signature)
        counts = ran.profile.counts
        computed = {
            "counts": asdict(counts),
            "instructions": counts.instructions,
            "l1_misses": counts.l1_misses,
            "l2_misses": counts.l2_misses,
            **_compared(model, job.signature, image, ran.output, job.runtime),
        }
        return replace(
            found,
            delegate=ran.answer["delegate"],
            runtime_version=ran.answer["runtime_version"],
            computed=computed,
            context={key: ran.answer[key] for key in ("architecture", "python", "numpy")},
        )

    yield from jobs.work_through(begun, one)


def _compared(model: bytes, signature: str | None, image: Array, output: Array, runtime: str) -> dict[str, Any]:
    """Largest difference from the host's output, in per cent of its span; None where the host lacks the runtime."""
    version = runtime_version(runtime)
    if version is None:
        return {"host_runtime": None, "off_host_percent": None}
    integers = any(weight.dtype == "int8" for weight in read(model).weights)
    kernels = "reference" if KERNELS[runtime] == "builtin" and integers else KERNELS[runtime]
    own = host_output(model, image, runtime, kernels, signature)
    off = np.abs(output.astype(np.float64) - own.astype(np.float64)).max()
    span = max(float(np.ptp(own.astype(np.float64))), np.finfo(np.float32).tiny)
    return {"host_runtime": version, "host_kernels": kernels, "off_host_percent": float(100 * off / span)}


def host_output(model: bytes, image: Array, runtime: str, kernels: str, signature: str | None = None) -> Array:
    """The output of the same script on this machine; the marks mean nothing here.

    Raises:
        StudyError: the process failed.
    """
    with tempfile.TemporaryDirectory(prefix="host-") as name:
        folder = Path(name)
        (folder / "model.tflite").write_bytes(model)
        np.save(folder / "input.npy", image)
        (folder / "request.json").write_text(emulator.request(runtime, kernels, signature))
        done = subprocess.run(
            [sys.executable, "-I", str(emulator.SCRIPT)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=emulator.SECONDS,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )
        if done.returncode:
            raise StudyError(f"{runtime} on this machine: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
        output: Array = np.load(folder / "output.npy")
        return output
