"""Each thing that may be wrong with a board is found and has a step that mends it."""

import json
from typing import Any

import pytest
from boards import PI4, pi4

from study.latency import faults
from study.latency.devices.remote.board import board_of
from study.latency.devices.remote.preflight import GOOD, NOTE, PROBLEM, findings, runtimes, throttled_now
from study.latency.faults import DeviceFault, RoundFault

LITERT = {"ai_edge_litert": "2.3.0", "tflite_runtime": None, "numpy": "2.1.0"}
CLASH = {"ai_edge_litert": None, "tflite_runtime": "2.14.0", "numpy": "2.1.0"}
NOTHING = {"ai_edge_litert": None, "tflite_runtime": None, "numpy": None}


def test_a_board_in_good_order() -> None:
    found = findings(pi4(meter="pmic"), 1e9, "setup")
    assert [one.level for one in found] == [GOOD] * len(found) and not any(one.mend for one in found)
    assert {one.topic for one in found} == {
        "board",
        "system",
        "python",
        "ai-edge-litert",
        "tflite-runtime",
        "governor",
        "space",
        "clock",
        "temperature",
        "throttling",
        "energy",
    }
    assert found[0].said == "Raspberry Pi 4 Model B Rev 1.4, revision c03114"


@pytest.mark.parametrize(
    "topic, level, said, mend, changes",
    [
        ("board", NOTE, "no Raspberry Pi, and not labelled as one", "", {"board": "Radxa ROCK 5B"}),
        ("board", NOTE, "unnamed x86_64 machine", "", {"board": None, "cpu": None, "architecture": "x86_64"}),
        ("board", PROBLEM, "times mean nothing", "use a real board", {"emulated": "the kernel runs on x86_64"}),
        ("system", PROBLEM, "32-bit Python on aarch64", "64-bit Raspberry Pi OS", {"long_bit": 32}),
        ("python", NOTE, "cannot make virtual environments", "sudo apt install python3-venv", {"can_make_venv": False}),
        ("tflite-runtime", PROBLEM, "built for NumPy 1", "-m pip install 'numpy<2'", {"packages": CLASH}),
        ("ai-edge-litert", NOTE, "is not installed", "the setup", {"packages": NOTHING}),
        ("interpreter", PROBLEM, "no interpreter", "the setup", {"packages": NOTHING}),
        (
            "ai-edge-litert",
            PROBLEM,
            "does not load: GLIBC_2.38",
            "the setup",
            {"broken": {"ai_edge_litert": "GLIBC_2.38"}},
        ),
        ("ai-edge-litert", NOTE, "no wheels for Python 3.9", "", {"packages": NOTHING, "python": "3.9.2"}),
        ("tflite-runtime", NOTE, "no wheels for Python 3.13", "", {"packages": LITERT, "python": "3.13.1"}),
        ("governor", NOTE, "may not be set", "tmpfiles.d", {"governor_rights": "none"}),
        ("governor", GOOD, "by sudo", "", {"governor_rights": "sudo"}),
        ("governor", NOTE, "cannot be set here", "", {"governor_rights": "absent"}),
        ("space", PROBLEM, "12 MB free in /tmp", "sudo apt clean", {"free_bytes": 12 << 20}),
        ("clock", NOTE, "3600 s behind", "timedatectl set-ntp true", {"time": 1e9 - 3600}),
        ("temperature", NOTE, "71 \u00b0C", "heat sink", {"celsius": 71.0}),
        ("temperature", NOTE, "cannot be read", "", {"celsius": None}),
        ("throttling", PROBLEM, "under-voltage, throttled", "power supply", {"throttled": 0x50005}),
        ("throttling", NOTE, "since it was switched on: under-voltage", "power supply", {"throttled": 0x10000}),
        ("throttling", NOTE, "cannot be seen here", "", {"throttled": None, "vcgencmd": False}),
        ("throttling", NOTE, "may not ask the firmware", "usermod -aG video", {"throttled": None}),
        ("energy", NOTE, "energy is n/a", "", {}),
    ],
)
def test_findings(topic: str, level: str, said: str, mend: str, changes: dict[str, Any]) -> None:
    found = [one for one in findings(pi4(**changes), 1e9, "the setup") if one.topic == topic]
    assert [(one.level, said in one.said, mend in one.mend, bool(one.mend)) for one in found] == [
        (level, True, True, bool(mend))
    ]


@pytest.mark.parametrize(
    "model, label, real",
    [
        ("Raspberry Pi 5 Model B Rev 1.0", "Raspberry Pi 5 Model B Rev 1.0", True),
        ("Raspberry Pine", "Raspberry Pine", False),
        ("my Raspberry Pi ", "my Raspberry Pi ", False),
        (None, "Cortex-A72", False),
    ],
)
def test_only_a_board_that_says_so_is_a_raspberry_pi(model: str | None, label: str, real: bool) -> None:
    board = pi4(board=model, cpu="Cortex-A72")
    assert board.label == label and board.is_raspberry_pi == real


def test_an_emulated_one_is_none_whatever_it_says() -> None:
    board = pi4(emulated="the kernel runs on x86_64")
    assert not board.is_raspberry_pi and "Raspberry" not in board.label
    assert "Raspberry" not in json.dumps(board.identity)


def test_interpreters_to_measure_with() -> None:
    both = ["ai_edge_litert", "tflite_runtime"]
    assert runtimes(pi4(), both, "pi", "setup") == {"ai_edge_litert": "2.3.0", "tflite_runtime": "2.14.0"}
    assert runtimes(pi4(packages=LITERT), both, "pi", "setup") == {"ai_edge_litert": "2.3.0"}
    alone = NOTHING | {"tflite_runtime": "2.14.0", "numpy": "1.26.4"}
    assert runtimes(pi4(long_bit=32, packages=alone), both, "pi", "setup") == {"tflite_runtime": "2.14.0"}


@pytest.mark.parametrize(
    "status, asked, changes",
    [
        (faults.NO_INTERPRETER, ["ai_edge_litert", "tflite_runtime"], {"packages": NOTHING}),
        (faults.NO_INTERPRETER, ["tflite_runtime"], {"packages": CLASH}),
        (faults.NO_INTERPRETER, ["ai_edge_litert"], {"broken": {"ai_edge_litert": "GLIBC_2.38 not found"}}),
        (faults.USERLAND_32_BIT, ["ai_edge_litert"], {"packages": NOTHING, "long_bit": 32}),
        (faults.USERLAND_32_BIT, ["ai_edge_litert", "tflite_runtime"], {"packages": NOTHING, "long_bit": 32}),
    ],
)
def test_without_any_the_fault_says_what_to_do(status: str, asked: list[str], changes: dict[str, Any]) -> None:
    with pytest.raises(DeviceFault) as caught:
        runtimes(pi4(**changes), asked, "pi", "the setup")
    assert caught.value.status == status
    assert "run the setup" in str(caught.value) or "64-bit Raspberry Pi OS" in str(caught.value)


def test_throttle_bits() -> None:
    assert throttled_now(0b1010) == ["clock capped", "soft temperature limit"] and throttled_now(None) == []


@pytest.mark.parametrize(
    "stdout",
    [
        "",
        "garbage",
        "[]",
        "null",
        "{}",
        json.dumps(PI4 | {"processors": "4"}),
        json.dumps(PI4 | {"processors": 0}),
        json.dumps(PI4 | {"python": "three"}),
        json.dumps(PI4 | {"packages": ["numpy"]}),
        json.dumps(PI4 | {"board": "x" * 1000}),
        json.dumps({1: 2}),
    ],
)
def test_facts_that_cannot_be_are_refused(stdout: str) -> None:
    with pytest.raises(RoundFault) as caught:
        board_of({"code": 0, "stdout": stdout, "stderr": ""}, "python3", "pi")
    assert caught.value.status == faults.GARBLED


def test_a_python_that_does_not_start() -> None:
    with pytest.raises(RoundFault, match="no such file") as caught:
        board_of({"code": 126, "stdout": "", "stderr": "x\nno such file\n"}, "/usr/bin/python4", "pi")
    assert caught.value.status == faults.NO_PYTHON
