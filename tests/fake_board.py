"""A board for the tests: a real sshd on loopback with throw-away keys, and behind it a shell, or a program under QEMU.

What the board is made of lies in one folder: `tmp` (its temporary files), `home`, `bin` (first on its PATH), `sys` and
`proc` (seen in place of the machine's own, by proot).
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from required import absent

from study.latency.devices.remote import address

SSHD = shutil.which("sshd") or next((path for path in ("/usr/sbin/sshd",) if Path(path).exists()), None)
CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
AllowUsers {user}
LogLevel ERROR
MaxStartups 100
LoginGraceTime 300
ForceCommand {force}
"""
ENTER = """#!/bin/sh
{before}
cd {folder}/home
exec env -i HOME={folder}/home TMPDIR={folder}/tmp PATH={path} {extra} {command}
"""


@dataclass
class FakeBoard:
    """A running one. `settings` reach it; `clients` are processes that its sshd made."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"
    settings: dict[str, Any] = field(default_factory=dict)

    def residue(self) -> list[str]:
        """What is left in its folder for temporary files, after the time that a clean-up may take."""
        for _ in range(100):
            if not any((self.folder / "tmp").iterdir()):
                return []
            time.sleep(0.1)
        return sorted(path.name for path in (self.folder / "tmp").iterdir())

    def program(self, name: str, text: str) -> None:
        """Put a shell script on its PATH, before everything else."""
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def cut(self) -> None:
        """Break its connections as if the cable were drawn."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    os.kill(int(stat.parent.name), signal.SIGKILL)

    def governor(self) -> str:
        """The governor in its false /sys, once the guard has had time to restore it."""
        return (self.folder / GOVERNOR).read_text().strip()


GOVERNOR = "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"


def false_sys(folder: Path, celsius: float = 40.0, governor: str = "ondemand") -> None:
    """A /sys with one processor's clock and a thermometer."""
    cpufreq = (folder / GOVERNOR).parent
    cpufreq.mkdir(parents=True)
    (folder / GOVERNOR).write_text(governor + "\n")
    (cpufreq / "scaling_available_governors").write_text("ondemand performance\n")
    (cpufreq / "scaling_cur_freq").write_text("1500000\n")
    (cpufreq / "cpuinfo_max_freq").write_text("1500000\n")
    heat = folder / "sys/class/thermal/thermal_zone0"
    heat.mkdir(parents=True)
    (heat / "temp").write_text(f"{celsius * 1000:.0f}\n")


@contextlib.contextmanager
def fake_board(
    folder: Path, command: str | None = None, extra: str = "", before: str = "", false: bool = False
) -> Iterator[FakeBoard]:
    """Start it; `command` runs $SSH_ORIGINAL_COMMAND, by default in a shell.

    `extra` is put into its environment (`NAME=value`), `before` stands before all in the login's script. `false`: with
    the folder's /sys in place of the machine's.
    """
    if SSHD is None or shutil.which("ssh") is None or (false and shutil.which("proot") is None):
        absent("a board needs a real sshd: apt-get install openssh-server proot", "REQUIRE_SSHD")
    for name in ("tmp", "home", "bin"):
        (folder / name).mkdir(parents=True)
    script = folder / "bin" / "python3"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    script.chmod(0o755)
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "user_key.pub", folder / "authorized_keys")
    shell = '/bin/sh -c "$SSH_ORIGINAL_COMMAND"'
    if false:
        false_sys(folder)
        shell = f"proot -b {folder}/sys:/sys {shell}"
    path = f"{folder}/bin:/usr/bin:/bin"
    text = ENTER.format(folder=folder, before=before, path=path, extra=extra, command=command or shell)
    (folder / "enter").write_text(text)
    (folder / "enter").chmod(0o755)
    user, port = pwd.getpwuid(os.getuid()).pw_name, _free_port()
    config = folder / "sshd_config"
    config.write_text(CONFIG.format(folder=folder, port=port, user=user, force=folder / "enter"))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its privilege separation, when started by root
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=(folder / "sshd.log").open("wb"))
    known = folder / "known_hosts"
    key = (folder / "host_key.pub").read_text()
    known.write_text(f"[127.0.0.1]:{port} {key}")
    board = FakeBoard(
        folder,
        port,
        process,
        {
            "device": "ssh",
            "host": "127.0.0.1",
            "port": port,
            "user": user,
            "key": str(folder / "user_key"),
            "known_hosts": str(known),
        },
    )
    try:
        _wait(board)
        with pytest.MonkeyPatch.context() as patience:  # a busy machine may take a while to say hello
            patience.setattr(address, "CONNECT_SECONDS", 60)
            yield board
    finally:
        process.terminate()
        process.wait()


def arguments(settings: dict[str, Any]) -> list[str]:
    """The same as options of `python -m pipelines.device`."""
    names = ("user", "port", "key", "known_hosts")
    return [settings["host"], *(f"--{name.replace('_', '-')}={settings[name]}" for name in names)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(board: FakeBoard) -> None:
    for _ in range(200):
        if board.process.poll() is not None:
            raise AssertionError((board.folder / "sshd.log").read_text())
        try:
            socket.create_connection(("127.0.0.1", board.port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("sshd does not listen")
