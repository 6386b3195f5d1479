"""Make a virtual environment on a board with the interpreters that its Python has wheels for."""

import re
from collections.abc import Iterable, Mapping

from study.errors import StudyError
from study.latency import faults
from study.latency.devices.remote.board import Board, environment, look
from study.latency.devices.remote.connection import Connection
from study.latency.devices.remote.preflight import without_wheel
from study.latency.faults import DeviceFault
from study.tflite.run import RUNTIMES, runtime_version

SECONDS = 1800.0
"""For a download over a slow line to a slow card."""
UNPACK = (
    "import sys,sysconfig,zipfile\n"
    "for name in sys.argv[1:]:\n"
    "    zipfile.ZipFile(name).extractall(sysconfig.get_path('platlib'))"
)
WHEEL = re.compile(r"[A-Za-z0-9_.]+-[^-]+(-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl")


def install(connection: Connection, python: str | None, wheels: Mapping[str, bytes]) -> Board:
    """Make the environment, or complete it.

    Args:
        connection: to the board.
        python: the interpreter there that the environment is made from; None: `python3`.
        wheels: file name -> content of wheels to install from, the index not being asked; none: from the index. They
            are unpacked, so that neither pip nor a network is needed there; those for other machines are passed over.

    Returns:
        The board as seen by the environment's Python.

    Raises:
        Fault: the board refuses a step. StudyError: no wheel fits it.
    """
    base = python or connection.python
    board = look(connection, base)
    folder = environment(connection)[0]
    inside = f"{folder}/bin/python"
    if wheels:
        chosen = {name: data for name, data in wheels.items() if fits(name, board)}
        if not any(_distribution(name) in RUNTIMES.values() for name in chosen):
            raise StudyError(
                f"none of the wheels fits Python {board.python} on {board.architecture} ({board.long_bit} "
                f"bits, {board.libc}): give one of {' or '.join(RUNTIMES.values())} that does"
            )
        _step(connection, [base, "-m", "venv", "--without-pip", folder])
        for name, data in chosen.items():
            connection.file(name, data)
        _step(connection, [inside, "-I", "-c", UNPACK, *(f"{{folder}}/{name}" for name in chosen)])
    else:
        wanted = requirements(board)
        _step(connection, [base, "-m", "venv", folder])
        _step(
            connection,
            [
                inside,
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--only-binary=:all:",
                *wanted,
            ],
        )
    return look(connection, inside)


def requirements(board: Board) -> list[str]:
    """What pip is asked for: every interpreter with a wheel for the board's Python, in the version of this machine.

    Raises:
        DeviceFault: there is none.
    """
    found = [
        f"{distribution}=={version}" if (version := runtime_version(runtime)) else distribution
        for runtime, distribution in RUNTIMES.items()
        if without_wheel(board, runtime) is None
    ]
    if not found:
        reasons = "; ".join(str(without_wheel(board, runtime)) for runtime in RUNTIMES)
        status = faults.USERLAND_32_BIT if board.long_bit == 32 else faults.NO_INTERPRETER
        raise DeviceFault(status, f"nothing can be installed: {reasons}: install the 64-bit Raspberry Pi OS")
    with_tflite = any(one.startswith(RUNTIMES["tflite_runtime"]) for one in found)
    return [*found, "numpy<2"] if with_tflite else found


def fits(wheel: str, board: Board) -> bool:
    """Whether a wheel is for the board, by its name (PEP 425, PEP 600)."""
    parts = WHEEL.fullmatch(wheel)
    if parts is None:
        return False
    python = any(_python_fits(tag, parts["abi"], board.python_version) for tag in parts["python"].split("."))
    return python and any(_platform_fits(tag, board) for tag in parts["platform"].split("."))


def _python_fits(tag: str, abi: str, version: tuple[int, int]) -> bool:
    if tag == "py3":
        return True
    found = re.fullmatch(r"cp3(\d+)", tag)
    if found is None:
        return False
    return int(found[1]) == version[1] or (abi == "abi3" and int(found[1]) <= version[1])


def _platform_fits(tag: str, board: Board) -> bool:
    if tag == "any":
        return True
    machine = "armv7l" if board.long_bit == 32 and board.architecture == "aarch64" else board.architecture
    if not tag.startswith(("linux_", "manylinux")) or not tag.endswith(f"_{machine}"):
        return False
    needs = re.match(r"manylinux_2_(\d+)_", tag)
    has = re.match(r"glibc 2\.(\d+)", board.libc)
    return needs is None or has is None or int(needs[1]) <= int(has[1])


def _distribution(wheel: str) -> str:
    return wheel.partition("-")[0].replace("_", "-")


def _step(connection: Connection, argv: Iterable[str]) -> None:
    """Run a step; what pip or venv say last is said if it fails."""
    words = list(argv)
    done = connection.run(words, limit=SECONDS)
    if done["code"]:
        code = f"exit status {done['code']}"
        lines = [line for line in (done["stdout"] + done["stderr"]).splitlines() if line.strip()]
        what, last = " ".join(words[1:4]), (lines or [code])[-1][:200]
        mend = "sudo apt install python3-venv" if "ensurepip" in done["stdout"] else "mend it there and run setup again"
        raise DeviceFault(faults.DEVICE_REFUSES, f"{connection.address.host}: `{what}` failed ({last}): {mend}")
