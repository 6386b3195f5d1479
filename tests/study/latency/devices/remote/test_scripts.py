"""What is sent to a board stands alone there, under an old Python too, and guesses nothing."""

import ast
import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from study.latency.devices.remote import agent_script, facts_script
from study.latency.devices.script import SCRIPT

FOLDER = Path(agent_script.__file__).parent
SENT = [*sorted(FOLDER.glob("*_script.py")), SCRIPT]
X86 = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\n"
ARM = "processor\t: 0\nCPU implementer\t: 0x41\nRevision\t: c03114\nModel\t: Raspberry Pi 4 Model B Rev 1.4\n"


@pytest.mark.parametrize("path", SENT, ids=lambda path: path.name)
def test_it_stands_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    names = {alias.name.split(".")[0] for node in imports for alias in node.names}
    names |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) <= {"numpy"}
    assert len(SENT) == 4 and "from __future__ import annotations" in path.read_text()


@pytest.mark.parametrize(
    "machine, kernel, cpuinfo, emulated",
    [
        ("aarch64", "aarch64", ARM, False),
        ("aarch64", None, ARM, False),
        ("armv7l", "aarch64", ARM, False),
        ("armv7l", "armv7l", ARM, False),
        ("x86_64", "x86_64", X86, False),
        ("aarch64", None, "", False),
        ("aarch64", "x86_64", ARM, True),
        ("aarch64", None, X86, True),
        ("armv7l", "x86_64", X86, True),
    ],
)
def test_an_emulated_processor_is_seen(
    monkeypatch: pytest.MonkeyPatch, machine: str, kernel: str | None, cpuinfo: str, emulated: bool
) -> None:
    monkeypatch.setattr(facts_script.platform, "machine", lambda: machine)
    monkeypatch.setattr(facts_script, "read", lambda path: kernel if path == "/proc/sys/kernel/arch" else None)
    assert (facts_script.emulated(facts_script.fields(cpuinfo)) is not None) == emulated


@pytest.mark.parametrize(
    "files, board",
    [
        ({"/proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0"}, "Raspberry Pi 4 Model B Rev 1.4"),
        ({"/sys/class/dmi/id/sys_vendor": "Maker", "/sys/class/dmi/id/product_name": "Box 3"}, "Maker Box 3"),
        ({}, None),
    ],
)
def test_the_name_of_a_board(monkeypatch: pytest.MonkeyPatch, files: dict[str, str], board: str | None) -> None:
    monkeypatch.setattr(facts_script, "read", files.get)
    assert facts_script.board() == board


@pytest.mark.parametrize(
    "name, power, pmic, found",
    [
        ("ina226", "5000000", None, "FILE"),
        ("ina3221", "1", None, "FILE"),
        ("coretemp", "5000000", None, None),
        ("ina226", "garbage", None, None),
        ("", None, "VDD_CORE_A current(7)=2.0A", "pmic"),
        ("", None, "error=1", None),
    ],
)
def test_what_measures_power(
    monkeypatch: pytest.MonkeyPatch, name: str, power: str | None, pmic: str | None, found: str | None
) -> None:
    path = "/sys/class/hwmon/hwmon1/power1_input"
    monkeypatch.setattr(facts_script.glob, "glob", lambda pattern: [path])
    monkeypatch.setattr(facts_script, "read", {path: power, "/sys/class/hwmon/hwmon1/name": name}.get)
    monkeypatch.setattr(facts_script, "vcgencmd", lambda *question: pmic)
    assert facts_script.meter() == (path if found == "FILE" else found)


@pytest.mark.parametrize("sudo, took", [('shift; exec "$@"', True), ("exit 1", False)])
def test_a_governor_is_set_by_sudo_where_that_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sudo: str, took: bool
) -> None:
    governor, program = tmp_path / "scaling_governor", tmp_path / "sudo"
    governor.write_text("ondemand\n")
    program.write_text(f"#!/bin/sh\n[ $1 = -n ] || exit 1\n{sudo}\n")
    program.chmod(0o755)
    real = builtins.open

    def refuse(path: Any, mode: str = "r", **options: Any) -> Any:
        if mode == "w":
            raise PermissionError(13, "Permission denied", path)
        return real(path, mode, **options)

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert agent_script.put(str(governor), "performance") == took
    assert governor.read_text().strip() == ("performance" if took else "ondemand")
