"""A board with a processor that is none: the fake board's sshd, and behind it a real aarch64 system under QEMU.

PI_SYSROOT names that system's folder (Debian 12 for arm64: dash, coreutils, Python 3.11; and /opt/python, the unpacked
aarch64 wheels); without it, the folder that `make emulator` builds.
"""

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import Parser
from pathlib import Path

from fake_board import FakeBoard, fake_board
from required import absent

CLAIM = "Raspberry Pi 4 Model B Rev 1.4"
"""What the fake board says it is: it must not be believed."""
SYSROOT = Path(os.environ.get("PI_SYSROOT") or "~/.cache/tflite-compression-study/emulator/sysroot").expanduser()
PYTHON, WHEELS = SYSROOT / "usr/bin/python3.11", SYSROOT / "opt/python"


def require_emulator() -> None:
    """Skip the test where the emulator is absent; fail where REQUIRE_EMULATOR=1."""
    lacking = [name for name in ("proot", "qemu-aarch64", "ssh") if shutil.which(name) is None]
    lacking += [str(path) for path in (PYTHON, WHEELS) if not path.exists()]
    if lacking:
        absent(
            f"{', '.join(lacking)} missing: apt-get install proot qemu-user openssh-server, then `make emulator`",
            "REQUIRE_EMULATOR",
        )


@contextmanager
def fake_pi(folder: Path) -> Iterator[FakeBoard]:
    """Start it, in a copy of the system; its home and temporary files lie in `folder`."""
    root, tree = folder.with_name("root"), folder.with_name("device-tree")
    shutil.copytree(SYSROOT, root, symlinks=True, ignore=shutil.ignore_patterns(WHEELS.name, "profiler.so"))
    for place in ("home/pi", "tmp", "proc", "dev"):  # proot is unreliable where it has to invent them
        (root / place).mkdir(parents=True, exist_ok=True)
    (root / "usr/bin/python3").unlink(missing_ok=True)
    (root / "usr/bin/python3").symlink_to(PYTHON.name)
    tree.mkdir()
    (tree / "model").write_text(CLAIM + "\0")
    binds = {
        "/proc": "/proc",
        "/dev": "/dev",
        f"{folder}/home": "/home/pi",
        f"{folder}/tmp": "/tmp",
        str(tree): "/proc/device-tree",
    }
    bound = " ".join(f"-b {source}:{target}" for source, target in binds.items())
    command = (
        f'proot -q "{shutil.which("qemu-aarch64")} -cpu cortex-a72" -r {root} {bound} -w /home/pi '
        '/bin/sh -c "$SSH_ORIGINAL_COMMAND"'
    )
    with fake_board(folder, command=command, extra="HOME=/home/pi TMPDIR=/tmp PYTHONHASHSEED=0") as board:
        yield board


def wheels(folder: Path) -> Path:
    """The wheels that /opt/python was unpacked from, put together again."""
    folder.mkdir()
    for info in sorted(WHEELS.glob("*.dist-info")):
        tags = Parser().parsestr((info / "WHEEL").read_text()).get_all("Tag") or []
        python, abi = tags[0].split("-")[:2]
        platforms = ".".join(dict.fromkeys(tag.split("-")[2] for tag in tags))
        name = f"{info.name.removesuffix('.dist-info')}-{python}-{abi}-{platforms}.whl"
        with zipfile.ZipFile(folder / name, "w") as archive:
            for line in (info / "RECORD").read_text().splitlines():
                path = line.split(",")[0]
                if (WHEELS / path).is_file():
                    archive.write(WHEELS / path, path)
    return folder
