"""What several tests share: the two kinds of tests, and tiny TFLite models built once a session.

Files with `pytestmark = pytest.mark.tf` import TensorFlow, which stays loaded, and the interpreters of the other tests
refuse to share a process with it: a process runs one kind (`-m tf`, `-m "not tf"`), and `make test` runs both.
"""

import fcntl
import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

import pipelines  # noqa: F401  sets TensorFlow's environment before a file of tests imports it

settings.register_profile("untimed", deadline=None)  # speed belongs in `make bench`: here it would depend on the load
settings.load_profile("untimed")

TESTS = Path(__file__).parent
MARK = "pytestmark = pytest.mark.tf"
LONGEST = "test_end_to_end.py"
REFUSAL = (
    'TensorFlow is loaded in this process and not all tests are of it: run `make test`, or add -m tf or -m "not tf"'
)


def pytest_configure(config: pytest.Config) -> None:
    """Workers of one run tell tests/synthetic_study.py of the folder above theirs, which pytest clears away."""
    if "PYTEST_XDIST_WORKER" in os.environ and config.option.basetemp:
        os.environ["SYNTHETIC_STUDIES"] = str(Path(config.option.basetemp).parent)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of the other kind are not even imported."""
    wanted = {"tf": True, "not tf": False}.get(config.option.markexpr)
    if wanted is None or collection_path.suffix != ".py":
        return None
    return (MARK in collection_path.read_text()) != wanted or None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse, in one line, a process in which TensorFlow would stand in for an interpreter's kernels."""
    mixed = "tensorflow" in sys.modules and any(item.get_closest_marker("tf") is None for item in session.items)
    if mixed and not session.config.option.collectonly and "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.exit(REFUSAL, returncode=4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file comes first, lest one of two processes has it alone at the end."""
    items.sort(key=lambda item: item.path.name != LONGEST)


@functools.cache
def _start_tensorflow() -> None:
    from study.networks.setup import prepare

    prepare(seed=0, threads=1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before all fixtures: TensorFlow as the study starts it, and no trace of the tests before in weights and names."""
    if item.get_closest_marker("tf"):
        import tf_keras

        _start_tensorflow()
        tf_keras.utils.set_random_seed(0)
        tf_keras.backend.reset_uids()
    elif "tensorflow" in sys.modules:  # in a worker of xdist, which would crash if it left
        pytest.fail(REFUSAL, pytrace=False)


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
    and levels_full_half, a file of two signatures, beside files of each (levels_full, levels_half) and levels_gated;
    of the first three an int8 twin, levels_int8_*."""
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
