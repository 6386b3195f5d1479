"""Where a number comes from: packages, machine and code version. No time stamps, so equal runs give equal bytes."""

import importlib.metadata
import os
import platform
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def packages(names: Iterable[str]) -> dict[str, str | None]:
    """Installed version of each distribution, None where it is not installed."""
    return {name: _version(name) for name in names}


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def machine() -> dict[str, Any]:
    """What stays the same about this machine between runs: processor, word size, system and interpreter."""
    return {
        "cpu": cpu_model(),
        "processors": len(os.sched_getaffinity(0)),
        "architecture": platform.machine(),
        "long_bit": struct.calcsize("P") * 8,
        "system": f"{platform.system()} {platform.release()}",
        "libc": " ".join(platform.libc_ver()).strip(),
        "python": platform.python_version(),
    }


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Name of the processor; on ARM boards, where cpuinfo has none, that of the board."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        lines = []
    fields = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    named = {key.strip().lower(): value.strip() for key, value in fields.items()}
    return named.get("model name") or named.get("model") or platform.processor() or "unknown"


def code_version(root: Path = Path(__file__).parents[1], paths: tuple[str, ...] = ("study", "pipelines")) -> str:
    """Commit of the checkout at `root`, with `-dirty` where `paths` differ from it; `unknown` outside git.

    Only code counts: a run changes dvc.lock and reports while it goes on, and that must not change its own results.
    """
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    if not commit:
        return "unknown"
    return f"{commit}-dirty" if _git(root, "status", "--porcelain", "--", *paths) else commit


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
