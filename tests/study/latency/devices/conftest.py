from pathlib import Path

import pytest
from required import absent

from study.latency.devices.rpi4 import cycles, emulator


@pytest.fixture(scope="session")
def sysroot() -> Path:
    """The aarch64 system of `make emulator`, or the one that PI_SYSROOT names."""
    root = emulator.sysroot()
    if lacking := emulator.missing(root):
        absent(lacking, "REQUIRE_EMULATOR")
    return root


@pytest.fixture(scope="session")
def llvm() -> None:
    """llvm-mc and llvm-mca."""
    if not cycles.available():
        absent("llvm-mca is not installed: apt-get install llvm", "REQUIRE_EMULATOR")
