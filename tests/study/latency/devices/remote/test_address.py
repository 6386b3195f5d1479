"""Nothing that is no address reaches OpenSSH, and what reaches the board arrives word for word."""

import shlex
from pathlib import Path
from typing import Any

import commands
import pytest

from pipelines import device
from study.errors import StudyError
from study.latency.devices.remote.address import Address, address_of, command

HOSTILE = [
    "-oProxyCommand=x",
    "pi; rm -rf /",
    "pi rm",
    "$(id)",
    "`id`",
    "pi|id",
    "pi&",
    "a\nb",
    "",
    "-",
    ".pi",
    "pi-",
    "user@pi",
    "pi/..",
    "pi%h",
    "'pi'",
    "pi\0",
    "\u0440i",
    "a" * 300,
]


@pytest.mark.parametrize("host", ["raspberrypi.local", "192.168.1.20", "pi", "PI-4", "a_b", "fe80::1%eth0", "::1"])
def test_addresses(host: str) -> None:
    assert command(Address(host), ["true"])[-3:] == ["--", host, "true"]


@pytest.mark.parametrize("host", HOSTILE)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(StudyError, match="is no host of a device: give one such as"):
        Address(host)


@pytest.mark.parametrize(
    "part",
    [
        {"user": "-l"},
        {"user": "pi;id"},
        {"user": "a b"},
        {"key": "-F/etc"},
        {"key": 'a"b'},
        {"key": "a\nProxyCommand x"},
        {"key": "%h"},
        {"known_hosts": "-x"},
        {"known_hosts": 'x" y'},
        {"port": 0},
        {"port": 65536},
    ],
)
def test_other_parts_are_checked_too(part: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="of a device"):
        Address("pi", **part)


@pytest.mark.parametrize("name", ["check", "setup"])
@pytest.mark.parametrize("host", HOSTILE[:5])
def test_it_is_refused_before_any_process_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, host: str
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = commands.outcome(device, name, "--", host)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and "is no host" in done.stderr
    assert not (tmp_path / "started").exists()


def test_the_command_asks_nothing_trusts_nobody_and_ends() -> None:
    said = command(Address("pi", "me", 2222, "~/.ssh/id", "/k"), ["true"])
    assert {
        "-oBatchMode=yes",
        "-oStrictHostKeyChecking=yes",
        "-oConnectTimeout=10",
        "-oServerAliveInterval=5",
        '-oIdentityFile="~/.ssh/id"',
        "-oIdentitiesOnly=yes",
        '-oUserKnownHostsFile="/k"',
        "-oForwardAgent=no",
        "-oPermitLocalCommand=no",
    } <= set(said)
    assert said[said.index("-p") + 1] == "2222" and said[said.index("-l") + 1] == "me"
    assert "-oStrictHostKeyChecking=accept-new" in command(Address("pi", accept_new=True), ["true"])


def test_words_arrive_as_they_are() -> None:
    words = ["python3", "-c", "print('a b; $(id) `id` \"x\"')", "", "*", "\n"]
    assert shlex.split(command(Address("pi"), words)[-1]) == words


def test_settings_of_the_plan_are_an_address() -> None:
    settings = {"device": "ssh", "host": "pi", "user": None, "port": 22, "threads": [1], "code": "x"}
    assert address_of(settings) == Address("pi", None, 22)
