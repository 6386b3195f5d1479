"""What a board says of itself, checked against a schema, and the name that its results carry."""

import json
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from study.latency import faults
from study.latency.devices.remote.connection import Connection
from study.latency.faults import RoundFault

SCRIPT = Path(__file__).with_name("facts_script.py")
ENVIRONMENT = ".local/share/tflite-compression-study/venv"
"""Where `device setup` makes the virtual environment, below the home folder of the login."""
FIND = (
    "import json,os,sys;p=os.path.join(os.path.expanduser('~'),sys.argv[1]);"
    "print(json.dumps([p,os.path.exists(os.path.join(p,'bin','python'))]))"
)


@dataclass(frozen=True, config=ConfigDict(extra="ignore", strict=True, str_max_length=500))
class Board:
    """Facts of a board and of the Python on it that measures; None is what cannot be read there.

    `long_bit` is that of the Python, 32 on a 32-bit system even if the kernel has 64. `executable`: it, as it was
    started. `emulated`: why the processor is not a real one. `packages`: import name -> version. `broken`:
    interpreter -> why it cannot be loaded. `governor_rights`: direct, sudo, none or absent. `time`: seconds since
    1970. `throttled`: the bits of `vcgencmd get_throttled`. `meter`: what measures power, if anything does.
    """

    architecture: str
    long_bit: int
    system: str
    processors: Annotated[int, Field(ge=1, le=4096)]
    python: Annotated[str, Field(pattern=r"^\d+\.\d+")]
    executable: str
    packages: dict[str, str | None]
    broken: dict[str, str]
    free_bytes: Annotated[int, Field(ge=0)]
    temporary: str
    time: float
    governor_rights: str
    can_make_venv: bool
    vcgencmd: bool
    libc: str = ""
    board: str | None = None
    revision: str | None = None
    cpu: str | None = None
    emulated: str | None = None
    governor: str | None = None
    governors: list[str] = field(default_factory=list)
    celsius: float | None = None
    nominal_mhz: float | None = None
    arm_mhz: float | None = None
    throttled: int | None = None
    meter: str | None = None

    @property
    def python_version(self) -> tuple[int, int]:
        """Major and minor version of the Python that measures."""
        major, minor = self.python.split(".")[:2]
        return int(major), int(minor)

    @property
    def is_raspberry_pi(self) -> bool:
        """Whether a real board says that it is a Raspberry Pi."""
        return self.emulated is None and (self.board or "").startswith("Raspberry Pi ")

    @property
    def label(self) -> str:
        """What the board is called in results: what it says it is, never what its user calls it."""
        named = self.board or self.cpu or f"unnamed {self.architecture} machine"
        if self.emulated:
            return f"emulated {self.architecture} processor"
        return named

    @property
    def identity(self) -> dict[str, Any]:
        """What a measured time depends on and does not change between sessions."""
        return {
            "board": self.label,
            "revision": self.revision,
            "processors": self.processors,
            "architecture": self.architecture,
            "long_bit": self.long_bit,
        }


def look(connection: Connection, python: str | None) -> Board:
    """Ask a board what it is.

    Args:
        connection: to it.
        python: the interpreter there that is to measure; None: that of `device setup`, else `python3`.

    Raises:
        RoundFault: it gives no answer, or one that is none. DeviceFault: the connection is lost.
    """
    if python is None:
        folder, there = environment(connection)
        python = f"{folder}/bin/python" if there else connection.python
    connection.file(SCRIPT.name, SCRIPT.read_bytes())
    done = connection.run([python, "-I", f"{{folder}}/{SCRIPT.name}"], limit=120.0)
    return board_of(done, python, connection.address.host)


def board_of(done: dict[str, Any], chosen: str, host: str) -> Board:
    """The board in the answer of `facts_script.py`.

    Raises:
        RoundFault: it is no such answer.
    """
    if done["code"]:
        last = (done["stderr"].strip().splitlines() or ["no message"])[-1]
        raise RoundFault(
            faults.NO_PYTHON,
            f"{chosen} does not work on {host} ({last[:200]}): name another one as "
            "`python`, or run `python -m pipelines.device setup`",
        )
    try:
        return Board(**json.loads(done["stdout"]) | {"executable": chosen})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RoundFault(faults.GARBLED, f"{host} says of itself what cannot be ({where}: {first['msg']})") from error
    except (ValueError, TypeError) as error:
        raise RoundFault(faults.GARBLED, f"{host} says nothing readable of itself: check {chosen} there") from error


def environment(connection: Connection) -> tuple[str, bool]:
    """Folder of the environment that `device setup` makes, and whether it has."""
    found = connection.run([connection.python, "-I", "-c", FIND, ENVIRONMENT])
    try:
        folder, there = json.loads(found["stdout"])
    except (ValueError, TypeError) as error:
        raise RoundFault(faults.GARBLED, f"{connection.address.host} does not name its home folder") from error
    return str(folder), bool(there)
