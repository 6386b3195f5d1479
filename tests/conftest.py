"""What several tests share: tiny TFLite models, built once a session in a process of its own."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # speed belongs in `make bench`: here it would depend on the load
settings.load_profile("untimed")

TESTS = Path(__file__).parent


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the files of tests/tiny_models.py; parallel workers build it once and share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tiny_models"
    folder.mkdir(exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "zeros.json").exists():
            subprocess.run(
                [sys.executable, str(TESTS / "tiny_models.py"), str(folder)],
                check=True,
                capture_output=True,
                timeout=900,
            )
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> dict[str, bytes]:
    """Name -> bytes of the tiny models: float32, float16, dynamic, int8, int8_full, reshape, softmax_uint8, sparse_*,
    and levels_full_half, a file of two signatures, beside files of each (levels_full, levels_half) and levels_gated."""
    return {path.stem: path.read_bytes() for path in sorted(tiny_folder.glob("*.tflite"))}


@pytest.fixture(scope="session")
def tiny_zeros(tiny_folder: Path) -> dict[str, int]:
    """Zeros planted per layer: stem, depthwise, pointwise, dense."""
    zeros: dict[str, int] = json.loads((tiny_folder / "zeros.json").read_text())
    return zeros


@pytest.fixture(scope="session")
def newer_operator(tiny: dict[str, bytes]) -> bytes:
    """The int8 model, claiming a version of FULLY_CONNECTED that tflite-runtime does not know."""
    from ai_edge_litert import schema_py_generated as schema

    changed = bytearray(tiny["int8"])
    model = schema.Model.GetRootAs(changed, 0)
    codes = [model.OperatorCodes(number) for number in range(model.OperatorCodesLength())]
    (dense,) = (code for code in codes if code.BuiltinCode() == schema.BuiltinOperator.FULLY_CONNECTED)
    changed[dense._tab.Pos + dense._tab.Offset(8)] = 12  # field `version`, the third of OperatorCode
    return bytes(changed)


@pytest.fixture
def checks(request: pytest.FixtureRequest) -> "subprocess.CompletedProcess[str]":
    """The outcome of the `check_*` functions of the test's file, run by a pytest of their own.

    They need TensorFlow, which would stay loaded for the tests of the interpreters, and those refuse to share a
    process with it.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return subprocess.run(
        [*command, "-o", "python_functions=check_*", str(request.path)],
        cwd=request.config.rootpath,
        env=os.environ | {"TENSORFLOW_CHECKS": "1"},
        capture_output=True,
        text=True,
        timeout=900,
    )
