"""Which wheel fits which board, and the environment that is made on one."""

import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from boards import pi4
from fake_board import fake_board

from study.errors import StudyError
from study.latency import faults
from study.latency.devices.remote.address import address_of
from study.latency.devices.remote.board import environment, look
from study.latency.devices.remote.connection import connected
from study.latency.devices.remote.installing import fits, install, requirements
from study.latency.faults import DeviceFault
from study.tflite.run import runtime_version


@pytest.mark.parametrize(
    "wheel, fit, changes",
    [
        ("ai_edge_litert-2.1.5-cp311-cp311-manylinux_2_27_aarch64.whl", True, {}),
        ("ai_edge_litert-2.1.5-cp311-cp311-manylinux_2_27_aarch64.whl", False, {"python": "3.13.1"}),
        ("ai_edge_litert-2.1.5-cp311-cp311-manylinux_2_27_x86_64.whl", False, {}),
        ("tflite_runtime-2.14.0-cp311-cp311-manylinux_2_34_aarch64.whl", False, {"libc": "glibc 2.31"}),
        ("tflite_runtime-2.14.0-cp311-cp311-manylinux_2_34_armv7l.whl", True, {"long_bit": 32}),
        ("tflite_runtime-2.14.0-cp311-cp311-manylinux_2_34_aarch64.whl", False, {"long_bit": 32}),
        ("numpy-1.26.4-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl", True, {}),
        ("protobuf-5.29.6-cp38-abi3-manylinux2014_aarch64.whl", True, {}),
        ("protobuf-5.29.6-cp312-abi3-manylinux2014_aarch64.whl", False, {}),
        ("tqdm-4.70.1-py3-none-any.whl", True, {}),
        ("flatbuffers-25.12.19-py2.py3-none-any.whl", True, {}),
        ("numpy-1.26.4-cp311-cp311-musllinux_1_1_aarch64.whl", False, {}),
        ("numpy-1.26.4-cp311-cp311-win_amd64.whl", False, {}),
        ("numpy.whl", False, {}),
    ],
)
def test_wheels(wheel: str, fit: bool, changes: dict[str, Any]) -> None:
    assert fits(wheel, pi4(**changes)) == fit


def test_what_the_index_is_asked_for() -> None:
    litert = f"ai-edge-litert=={runtime_version('ai_edge_litert')}"
    tflite = f"tflite-runtime=={runtime_version('tflite_runtime')}"
    assert requirements(pi4()) == [litert, tflite, "numpy<2"]
    assert requirements(pi4(python="3.13.1")) == [litert]
    assert requirements(pi4(python="3.9.2")) == [tflite, "numpy<2"]
    with pytest.raises(DeviceFault) as caught:
        requirements(pi4(python="3.13.1", long_bit=32))
    assert caught.value.status == faults.USERLAND_32_BIT


def wheel(folder: Path, name: str, version: str) -> Path:
    """A wheel of one module that imports as the interpreter does."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/interpreter.py", "")
        named = f"Name: {name.replace('_', '-')}\nVersion: {version}\n"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\n{named}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.mark.parametrize("local", [True, False])
def test_an_environment_is_made_and_found_again(tmp_path: Path, local: bool) -> None:
    """From given wheels, or by pip from an index: here one that lies in a folder."""
    found = {
        "ai_edge_litert": runtime_version("ai_edge_litert"),
        "tflite_runtime": runtime_version("tflite_runtime"),
        "numpy": "1.26.4",
    }
    wheels = {
        path.name: path.read_bytes()
        for path in (wheel(tmp_path, name, str(version)) for name, version in found.items())
    }
    wheels["ai_edge_litert-1-cp39-cp39-manylinux_2_27_aarch64.whl"] = b"for another machine"
    index = f"PIP_NO_INDEX=1 PIP_FIND_LINKS={tmp_path} PIP_CONFIG_FILE={os.devnull}"
    base = os.path.realpath(sys.executable)
    with fake_board(tmp_path / "board", extra=index) as board:
        with connected(address_of(board.settings)) as here:
            made = install(here, base, wheels if local else {})
            assert environment(here)[1] and look(here, None).executable == made.executable
        assert made.packages == found and made.broken == {}
        assert made.executable.startswith(str(board.folder / "home"))
        assert board.residue() == []


def test_wheels_that_do_not_fit_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with fake_board(tmp_path / "board") as board:
        with (
            connected(address_of(board.settings)) as here,
            pytest.raises(StudyError, match="none of the wheels fits Python 3"),
        ):
            install(here, None, {"ai_edge_litert-2.1.5-cp39-cp39-manylinux_2_27_aarch64.whl": b""})
        assert list((board.folder / "home").iterdir()) == []


def test_a_step_that_fails_says_why(tmp_path: Path) -> None:
    with fake_board(tmp_path / "board") as board:
        with (
            connected(address_of(board.settings)) as here,
            pytest.raises(DeviceFault, match=r"failed \(zipfile.BadZipFile") as caught,
        ):
            install(here, os.path.realpath(sys.executable), {"ai_edge_litert-2-py3-none-any.whl": b"no wheel"})
        assert caught.value.status == faults.DEVICE_REFUSES
        assert board.residue() == []
