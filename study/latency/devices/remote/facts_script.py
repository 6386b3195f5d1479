"""Says what a board is and has, as one JSON document. Run there by the Python that is to measure.

Self-contained: Python 3.9 or newer and its standard library. What cannot be read is null, never guessed.
"""

from __future__ import annotations  # for the older Python of a board

import glob
import importlib
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import tempfile
import time

DISTRIBUTIONS = {"ai_edge_litert": "ai-edge-litert", "tflite_runtime": "tflite-runtime", "numpy": "numpy"}
CPUFREQ = "/sys/devices/system/cpu/cpu0/cpufreq/"
METERS = ("ina2", "ina3")


def main() -> None:
    """Print the facts."""
    cpuinfo = fields(read("/proc/cpuinfo") or "")
    clock = vcgencmd("measure_clock", "arm")
    bits = vcgencmd("get_throttled")
    heat, nominal = read("/sys/class/thermal/thermal_zone0/temp"), read(CPUFREQ + "cpuinfo_max_freq")
    print(
        json.dumps(
            {
                "board": board(),
                "revision": cpuinfo.get("Revision"),
                "cpu": cpuinfo.get("model name") or cpuinfo.get("Model"),
                "emulated": emulated(cpuinfo),
                "architecture": platform.machine(),
                "long_bit": struct.calcsize("P") * 8,
                "system": platform.system() + " " + platform.release(),
                "libc": " ".join(platform.libc_ver()).strip(),
                "processors": len(os.sched_getaffinity(0)),
                "python": platform.python_version(),
                "executable": sys.executable,
                "can_make_venv": can_import("venv") and can_import("ensurepip"),
                "packages": {name: version(distribution) for name, distribution in DISTRIBUTIONS.items()},
                "broken": {name: said for name in ("ai_edge_litert", "tflite_runtime") if (said := broken(name))},
                "governor": read(CPUFREQ + "scaling_governor"),
                "governors": (read(CPUFREQ + "scaling_available_governors") or "").split(),
                "governor_rights": rights(CPUFREQ + "scaling_governor"),
                "free_bytes": shutil.disk_usage(tempfile.gettempdir()).free,
                "temporary": tempfile.gettempdir(),
                "time": time.time(),
                "celsius": int(heat) / 1e3 if heat else None,
                "nominal_mhz": int(nominal) / 1e3 if nominal else None,
                "arm_mhz": int(clock.split("=")[1]) / 1e6 if clock else None,
                "throttled": int(bits.split("=")[1], 16) if bits else None,
                "vcgencmd": shutil.which("vcgencmd") is not None,
                "meter": meter(),
            }
        )
    )


def board() -> str | None:
    """What the board says it is: the device tree's model, or the maker and product that the firmware names."""
    model = read("/proc/device-tree/model")
    if model:
        return model.rstrip("\0")
    names = [read("/sys/class/dmi/id/" + name) for name in ("sys_vendor", "product_name")]
    return " ".join(name for name in names if name) or None


def emulated(cpuinfo: dict[str, str]) -> str | None:
    """Why this processor is not the one it claims to be; None where nothing speaks against it."""
    kernel = read("/proc/sys/kernel/arch")
    claimed = platform.machine()
    if not claimed.startswith(("arm", "aarch64")):
        return None
    if kernel and not kernel.startswith(("arm", "aarch64")):
        return f"programs see {claimed}, the kernel runs on {kernel}"
    if cpuinfo and "CPU implementer" not in cpuinfo:
        return f"programs see {claimed}, /proc/cpuinfo is not that of an ARM processor"
    return None


def version(distribution: str) -> str | None:
    """Version of an installed distribution, None where it is not installed."""
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def broken(runtime: str) -> str | None:
    """Why an installed interpreter cannot be loaded; None where it can, or is not installed."""
    if version(DISTRIBUTIONS[runtime]) is None:
        return None
    try:
        importlib.import_module(runtime + ".interpreter")
    except Exception as error:
        return " ".join(str(error).split())[:300] or type(error).__name__
    return None


def can_import(name: str) -> bool:
    """Whether a module of the standard library is there: Debian splits some off."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def rights(path: str) -> str:
    """How the governor may be set: `direct`, `sudo` (without a password), `none`, or `absent`: nothing to set."""
    if not os.path.exists(path):
        return "absent"
    if os.access(path, os.W_OK):
        return "direct"
    return "sudo" if shutil.which("sudo") and call("sudo", "-n", "true") is not None else "none"


def meter() -> str | None:
    """What can measure power here: a file of the kernel [microwatts], `pmic` of a Raspberry Pi 5, or None."""
    for path in sorted(glob.glob("/sys/class/hwmon/hwmon*/power1_input")):
        name = read(os.path.join(os.path.dirname(path), "name")) or ""
        if name.startswith(METERS) and (read(path) or "").isdigit():
            return path
    return "pmic" if "_A current" in (vcgencmd("pmic_read_adc") or "") else None


def vcgencmd(*arguments: str) -> str | None:
    """Answer of the firmware; None where it cannot be asked."""
    said = call("vcgencmd", *arguments) if shutil.which("vcgencmd") else None
    return said if said and "=" in said else None


def call(*argv: str) -> str | None:
    """Output of a command that succeeds, else None."""
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def fields(cpuinfo: str) -> dict[str, str]:
    """First value of each name in /proc/cpuinfo."""
    found: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found


def read(path: str) -> str | None:
    """Text of a file, stripped; None if it is not there or may not be read."""
    try:
        with open(path, errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


if __name__ == "__main__":
    main()
