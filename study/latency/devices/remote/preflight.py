"""Is a board fit to measure? One finding for each thing that matters, with the command that mends it."""

import shlex
from dataclasses import dataclass

from study.latency import faults
from study.latency.devices.remote.board import Board
from study.latency.faults import DeviceFault
from study.tflite.run import RUNTIMES

GOOD, NOTE, PROBLEM = "ok", "note", "problem"
FREE_BYTES = 100 << 20
"""Models, scripts and answers of a study at a time."""
CLOCK_SECONDS = 60.0
WARM_CELSIUS = 55.0
THROTTLED = {0: "under-voltage", 1: "clock capped", 2: "throttled", 3: "soft temperature limit"}
"""Bits of `vcgencmd get_throttled` for now; 16 bits higher they stand for since the start (Raspberry Pi documentation,
vcgencmd)."""
GOVERNOR_RULE = (
    'echo "z /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor 0664 root $(id -gn)" | '
    "sudo tee /etc/tmpfiles.d/governor.conf && sudo systemd-tmpfiles --create governor.conf"
)
"""Gives the login's group the right to set the governor, also after a restart (tmpfiles.d(5), type z)."""
TFLITE_RUNTIME_PYTHON = (3, 11)
"""The newest Python that tflite-runtime 2.14 has wheels for."""
LITERT_PYTHON = (3, 10)
"""The oldest Python that ai-edge-litert 2.3 has wheels for."""


@dataclass(frozen=True)
class Finding:
    """What was found about one thing; `mend` is a command or a step, empty where nothing is to be done."""

    topic: str
    level: str
    said: str
    mend: str = ""


def findings(board: Board, now: float, setup: str) -> list[Finding]:
    """All findings about a board.

    Args:
        board: its facts.
        now: seconds since 1970 here.
        setup: the command that sets this board up.
    """
    return [
        _name(board),
        _bits(board),
        _python(board),
        *_interpreters(board, setup),
        _governor(board),
        _space(board),
        _clock(board, now),
        _temperature(board),
        _throttling(board),
        _meter(board),
    ]


def runtimes(board: Board, asked: list[str], host: str, setup: str) -> dict[str, str]:
    """Interpreters to measure with on a board, import name -> version.

    Args:
        board: its facts.
        asked: import names in the order of params.yaml.
        host: what the board is called in a message.
        setup: the command that sets it up.

    Raises:
        DeviceFault: there is none.
    """
    found = {
        name: version
        for name in asked
        if (version := board.packages.get(name)) and not _clash(board, name) and name not in board.broken
    }
    if found:
        return found
    if board.long_bit == 32 and "tflite_runtime" not in asked:
        raise DeviceFault(
            faults.USERLAND_32_BIT,
            f"{host} runs a 32-bit system, for which there is no ai-edge-litert: "
            "install the 64-bit Raspberry Pi OS, or add tflite_runtime to latency.runtimes",
        )
    said = "; ".join(one.said for one in _interpreters(board, setup) if one.level == PROBLEM)
    status = faults.USERLAND_32_BIT if board.long_bit == 32 else faults.NO_INTERPRETER
    raise DeviceFault(
        status, f"{host} has no interpreter to measure with ({said or 'none of those asked for'}): run {setup}"
    )


def throttled_now(bits: int | None) -> list[str]:
    """Names of the limits that hold at this moment."""
    return [name for bit, name in THROTTLED.items() if bits is not None and bits >> bit & 1]


def _name(board: Board) -> Finding:
    revision = f", revision {board.revision}" if board.revision else ""
    if board.is_raspberry_pi:
        return Finding("board", GOOD, f"{board.board}{revision}")
    if board.emulated:
        return Finding(
            "board",
            PROBLEM,
            f"{board.label} ({board.emulated}): its outputs count, its times mean nothing",
            "use a real board",
        )
    return Finding("board", NOTE, f"{board.label}{revision}: no Raspberry Pi, and not labelled as one")


def _bits(board: Board) -> Finding:
    said = f"{board.long_bit}-bit Python on {board.architecture}, {board.processors} processors"
    if board.long_bit == 32:
        return Finding(
            "system",
            PROBLEM,
            f"{said}: ai-edge-litert has no 32-bit wheels",
            "install the 64-bit Raspberry Pi OS with Raspberry Pi Imager",
        )
    return Finding("system", GOOD, f"{said}, {board.system}")


def _python(board: Board) -> Finding:
    said = f"Python {board.python}, {board.executable}"
    if not board.can_make_venv:
        return Finding("python", NOTE, f"{said}; it cannot make virtual environments", "sudo apt install python3-venv")
    return Finding("python", GOOD, said)


def _interpreters(board: Board, setup: str) -> list[Finding]:
    found = []
    for name, distribution in RUNTIMES.items():
        version = board.packages.get(name)
        if _clash(board, name):
            found.append(
                Finding(
                    distribution,
                    PROBLEM,
                    f"{distribution} {version} beside NumPy "
                    f"{board.packages['numpy']}: it was built for NumPy 1 and fails when it is used",
                    f"{shlex.quote(board.executable)} -m pip install 'numpy<2'",
                )
            )
        elif version and name in board.broken:
            found.append(
                Finding(distribution, PROBLEM, f"{distribution} {version} does not load: {board.broken[name]}", setup)
            )
        elif version:
            found.append(Finding(distribution, GOOD, f"{distribution} {version}, NumPy {board.packages.get('numpy')}"))
        elif reason := without_wheel(board, name):
            found.append(Finding(distribution, NOTE, reason))
        else:
            found.append(Finding(distribution, NOTE, f"{distribution} is not installed", setup))
    if not any(one.level == GOOD for one in found):
        found.append(Finding("interpreter", PROBLEM, "no interpreter to measure with", setup))
    return found


def without_wheel(board: Board, runtime: str) -> str | None:
    """Why there is no wheel of an interpreter for the board's Python; None where there is one."""
    version = ".".join(map(str, board.python_version))
    if runtime == "ai_edge_litert" and board.long_bit == 32:
        return "ai-edge-litert has no wheels for 32-bit systems"
    if runtime == "ai_edge_litert" and board.python_version < LITERT_PYTHON:
        return f"ai-edge-litert has no wheels for Python {version}, only from 3.10 on"
    if runtime == "tflite_runtime" and board.python_version > TFLITE_RUNTIME_PYTHON:
        return f"tflite-runtime has no wheels for Python {version}, only up to 3.11"
    return None


def _clash(board: Board, runtime: str) -> bool:
    major = (board.packages.get("numpy") or "1").split(".")[0]
    return bool(runtime == "tflite_runtime" and board.packages.get(runtime) and major not in ("0", "1"))


def _governor(board: Board) -> Finding:
    if board.governor_rights == "absent":
        return Finding("governor", NOTE, "the clock cannot be set here: the figures say so")
    if board.governor_rights == "none":
        return Finding(
            "governor",
            NOTE,
            f"the governor is {board.governor} and may not be set: figures will vary more",
            GOVERNOR_RULE,
        )
    how = " by sudo" if board.governor_rights == "sudo" else ""
    return Finding("governor", GOOD, f"{board.governor}; set to performance{how} while measuring, then back")


def _space(board: Board) -> Finding:
    said = f"{board.free_bytes >> 20} MB free in {board.temporary}"
    if board.free_bytes < FREE_BYTES:
        return Finding(
            "space",
            PROBLEM,
            f"{said}: the models need up to {FREE_BYTES >> 20} MB",
            "sudo apt clean && sudo journalctl --vacuum-size=50M",
        )
    return Finding("space", GOOD, said)


def _clock(board: Board, now: float) -> Finding:
    off = board.time - now
    if abs(off) > CLOCK_SECONDS:
        return Finding(
            "clock",
            NOTE,
            f"its clock is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}: times are "
            "not affected, downloads may be refused",
            "sudo timedatectl set-ntp true",
        )
    return Finding("clock", GOOD, f"within {CLOCK_SECONDS:.0f} s of this machine's")


def _temperature(board: Board) -> Finding:
    if board.celsius is None:
        return Finding("temperature", NOTE, "cannot be read: no waiting for the processor to cool down")
    if board.celsius > WARM_CELSIUS:
        return Finding(
            "temperature",
            NOTE,
            f"{board.celsius:.0f} \u00b0C: each round waits for {WARM_CELSIUS:.0f}",
            "give the board air or a heat sink",
        )
    return Finding("temperature", GOOD, f"{board.celsius:.0f} \u00b0C")


def _throttling(board: Board) -> Finding:
    if board.throttled is None:
        return Finding(
            "throttling",
            NOTE,
            "vcgencmd gives no answer: "
            + ("this login may not ask the firmware" if board.vcgencmd else "throttling cannot be seen here"),
            "sudo usermod -aG video $USER" if board.vcgencmd else "",
        )
    now, past = throttled_now(board.throttled), throttled_now(board.throttled >> 16)
    if now:
        return Finding(
            "throttling",
            PROBLEM,
            f"limited at this moment: {', '.join(now)}",
            "use the official power supply and a heat sink, then reboot",
        )
    if past:
        return Finding(
            "throttling",
            NOTE,
            f"limited since it was switched on: {', '.join(past)}; runs in which it happens again are marked",
            "use the official power supply and a heat sink, then reboot",
        )
    return Finding("throttling", GOOD, "none since it was switched on")


def _meter(board: Board) -> Finding:
    if board.meter is None:
        return Finding("energy", NOTE, "nothing here measures power: energy is n/a")
    return Finding("energy", GOOD, "power chip of the board" if board.meter == "pmic" else board.meter)
