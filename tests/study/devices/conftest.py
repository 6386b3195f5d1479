import os
from pathlib import Path

import pytest

from study.devices.rpi4 import cycles, emulator


def _absent(what: str) -> None:
    if os.environ.get("REQUIRE_EMULATOR") == "1":
        pytest.fail(what)
    pytest.skip(f"{what} (REQUIRE_EMULATOR=1 makes this a failure)")


@pytest.fixture(scope="session")
def sysroot() -> Path:
    """The aarch64 system of `make emulator`, or the one that PI_SYSROOT names."""
    root = emulator.sysroot()
    if lacking := emulator.missing(root):
        _absent(lacking)
    return root


@pytest.fixture(scope="session")
def llvm() -> None:
    """llvm-mc and llvm-mca."""
    if not cycles.available():
        _absent("llvm-mca is not installed: apt-get install llvm")
