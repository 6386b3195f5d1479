import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

WRITER = Path(__file__).parents[2] / "packable.py"


@pytest.fixture(scope="session")
def packable(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> file of tests/packable.py: levels_float32, levels_int8, gates_float32, gates_int8."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packable"
    folder.mkdir(exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if len(list(folder.glob("*.tflite"))) < 4:
            # -P: beside that file, `study` would be a folder of tests.
            subprocess.run(
                [sys.executable, "-P", str(WRITER), str(folder)], check=True, capture_output=True, timeout=900
            )
    return {path.stem: path for path in sorted(folder.glob("*.tflite"))}
