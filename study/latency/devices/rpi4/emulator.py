"""Run one model in the aarch64 interpreter under QEMU, profiled: counts, blocks, outputs.

Equal inputs give equal bytes: addresses are fixed (setarch -R), hashes seeded, environment and arguments always the
same, one thread. What else runs on the machine does not matter, since nothing is timed.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from study.arrays import Array
from study.errors import StudyError
from study.latency.devices.rpi4.profile import Profile, parse

SCRIPT = Path(__file__).with_name("guest_script.py")
QEMU, SETARCH = "qemu-aarch64", "setarch"
PROCESSOR = "cortex-a72"
SITE, PLUGIN, PYTHON = "opt/python", "opt/profiler.so", "usr/bin/python3.11"
"""Where the sysroot holds the wheels, the profiler (of this machine, not of the emulated one), and Python."""
PLACES = ("PI_SYSROOT", "~/.cache/tflite-compression-study/emulator/sysroot")
"""The environment variable that names a sysroot, and where `make emulator` puts one."""
HERE = "/proc/self/cwd"
"""The folder of a run, by a name that is the same wherever it is: the length of a path would move addresses."""
SECONDS = 900
"""One run takes 10 seconds of processor time; on a busy machine many times that."""


@dataclass(frozen=True, eq=False)
class Run:
    """One profiled inference.

    `text` is the profiler's own, of which `profile` is the reading; `output` as the model gives it; `answer`:
    versions, and the delegate that was used.
    """

    text: str
    profile: Profile
    output: Array
    answer: dict[str, Any]


def sysroot() -> Path:
    """The folder that `make emulator` made, or the one that PI_SYSROOT names."""
    return Path(os.environ.get(PLACES[0]) or PLACES[1]).expanduser().absolute()


def missing(root: Path) -> str | None:
    """What the emulator lacks, with what to do; None if it can run."""
    for program, package in ((QEMU, "qemu-user"), (SETARCH, "util-linux")):
        if not shutil.which(program):
            return f"{program} is not installed: apt-get install {package}"
    if not all((root / part).exists() for part in (PYTHON, PLUGIN, SITE)):
        return f"there is no aarch64 system in {root}: run `make emulator`"
    return None


@cache
def identity(root: Path) -> str:
    """What a profile depends on beside the model: emulator version, profiler, packages of the sysroot."""
    found = re.search(r"version (\S+)", subprocess.run([QEMU, "--version"], capture_output=True, text=True).stdout)
    packages = sorted(path.name for path in (root / SITE).glob("*.dist-info"))
    parts = [
        found[1] if found else "unknown",
        *packages,
        hashlib.sha256((root / PLUGIN).read_bytes()).hexdigest(),
        hashlib.sha256(SCRIPT.read_bytes()).hexdigest(),
    ]
    return " ".join(parts)


def run(
    model: bytes,
    image: Array,
    root: Path,
    runtime: str = "tflite_runtime",
    kernels: str = "builtin",
    clears: bool = True,
    signature: str | None = None,
) -> Run:
    """Emulate a few inferences and profile the last one.

    Args:
        model: a .tflite file.
        image: its one input, in its type and shape.
        root: the sysroot.
        runtime: `tflite_runtime` or `ai_edge_litert`.
        kernels: `builtin` leaves out the XNNPACK delegate, `reference` the optimised kernels too, `default` is what the
            runtime does by itself.
        clears: whether lines that are cleared count (see profiler.c).
        signature: which level of the file; without, its main subgraph.

    Raises:
        StudyError: the emulator is not complete, or the emulated process failed.
    """
    if lacking := missing(root):
        raise StudyError(lacking)
    with tempfile.TemporaryDirectory(prefix="rpi4-") as name:
        folder = Path(name)
        (folder / "model.tflite").write_bytes(model)
        (folder / "input.npy").write_bytes(_npy(image))
        (folder / "request.json").write_text(request(runtime, kernels, signature))
        shutil.copyfile(SCRIPT, folder / SCRIPT.name)
        _run(root, folder, runtime, clears)
        answer = json.loads((folder / "answer.json").read_text())
        text = (folder / "profile.txt").read_text()
        return Run(text, parse(text), np.load(folder / "output.npy"), answer)


def request(runtime: str, kernels: str, signature: str | None) -> str:
    """What `guest_script.py` is asked."""
    return json.dumps({"runtime": runtime, "kernels": kernels, **({"signature": signature} if signature else {})})


def _run(root: Path, folder: Path, runtime: str, clears: bool) -> None:
    (folder / "system").symlink_to(root)
    environment = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": f"{HERE}/system/{SITE}"}
    plugin = f"{root / PLUGIN},out=profile.txt,clears={'on' if clears else 'off'}"
    command = [
        shutil.which(SETARCH) or SETARCH,
        "-R",
        shutil.which(QEMU) or QEMU,
        "-cpu",
        PROCESSOR,
        "-L",
        f"{HERE}/system",
        "-plugin",
        plugin,
        f"{HERE}/system/{PYTHON}",
        "-BPs",
        f"{HERE}/{SCRIPT.name}",
    ]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise StudyError(f"{runtime} under {QEMU}: no end within {SECONDS} s") from error
    if done.returncode or not (folder / "answer.json").exists() or not (folder / "profile.txt").exists():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise StudyError(f"{runtime} under {QEMU} ended with code {done.returncode} ({last})")


def _npy(array: Array) -> bytes:
    buffer = BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
