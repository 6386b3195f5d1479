"""Where a board is, checked before any process starts, and the OpenSSH command that reaches it.

Options: ssh_config(5) and ssh(1) of OpenSSH. Nothing is asked for (BatchMode), an unknown or changed host key is
refused, nothing is forwarded, and a silent connection ends after `SERVER_SILENCE` seconds. What else a person has set
up in ~/.ssh/config (an alias, a jump host) holds.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.errors import StudyError

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9]+)?")
USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
PATH = re.compile(r"[^-\x00-\x1f\x7f\"%\\][^\x00-\x1f\x7f\"%\\]*")
CONNECT_SECONDS = 10
SERVER_SILENCE = 15


@dataclass(frozen=True)
class Address:
    """How a board is reached; None leaves it to OpenSSH's configuration.

    Raises:
        StudyError: a part is not what it should be; `pi; rm -rf /` is no host, nor is `-oProxyCommand=x`.
    """

    host: str
    user: str | None = None
    port: int | None = None
    key: str | None = None
    known_hosts: str | None = None
    accept_new: bool = False

    def __post_init__(self) -> None:
        for what, value, pattern, example in (
            ("host", self.host, HOST, "raspberrypi.local or 192.168.1.20"),
            ("user", self.user, USER, "pi"),
            ("key", self.key, PATH, "~/.ssh/id_ed25519"),
            ("known_hosts", self.known_hosts, PATH, "~/.ssh/known_hosts"),
        ):
            if value is not None and not pattern.fullmatch(value):
                raise StudyError(f"{value!r:.80} is no {what} of a device: give one such as {example}")
        if self.port is not None and not 1 <= self.port <= 65535:
            raise StudyError(f"{self.port} is no port of a device: give a number from 1 to 65535, as 22")


def address_of(settings: Mapping[str, Any]) -> Address:
    """The address in the settings of a device.

    Raises:
        StudyError: a part of it is wrong.
    """
    names = Address.__dataclass_fields__
    return Address(**{name: value for name, value in settings.items() if name in names and value is not None})


def command(address: Address, remote: Sequence[str]) -> list[str]:
    """The command that runs `remote` on the board; each of its words arrives there as it is.

    Args:
        address: checked when it was made.
        remote: program and arguments.
    """
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "accept-new" if address.accept_new else "yes",
        "ConnectTimeout": CONNECT_SECONDS,
        "ServerAliveInterval": SERVER_SILENCE // 3,
        "ServerAliveCountMax": 3,
        "ClearAllForwardings": "yes",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "PermitLocalCommand": "no",
        "ControlPath": "none",  # a shared connection would outlive this one
        "LogLevel": "ERROR",
    }
    if address.key:
        options |= {"IdentityFile": f'"{address.key}"', "IdentitiesOnly": "yes"}
    if address.known_hosts:
        options |= {"UserKnownHostsFile": f'"{address.known_hosts}"', "GlobalKnownHostsFile": "none"}
    found = ["ssh", "-T", *(f"-o{name}={value}" for name, value in options.items())]
    found += ["-p", str(address.port)] if address.port else []
    found += ["-l", address.user] if address.user else []
    return [*found, "--", address.host, shlex.join(remote)]
