"""Who imports whom: the library stands alone, its axes apart, and only what needs TensorFlow waits for it."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
AXES = ("compress", "convert", "data.sources", "latency.devices", "networks.models")
TENSORFLOW = {"tensorflow", "tf_keras", "keras", "tensorflow_model_optimization"}
WITHOUT_TENSORFLOW = [
    "study.plan.variant",
    "study.plan.grid",
    "study.latency.measurement",
    "study.tasks.metrics",
    "study.tasks.classification",
    "study.statistics.paired",
    "study.codecs",
    "study.tflite.facts",
    "study.tflite.run",
    "study.data.dataset",
    "study.report.build",
    "study.latency.devices.host",
    "pipelines.evaluate",
    "pipelines.latency",
    "pipelines.report",
    "pipelines.data",
    "study.data.sources.cifar10",
    "study.data.sources.digits",
    "study.data.sources.folder",
    "pipelines.study",
    "pipelines.verify",
    "pipelines.workspace",
    "pipelines.plan",
    "pipelines.inspect",
    "pipelines.robustness",
    "study.tflite.inspect",
    "study.tflite.packing",
    "study.tflite.inspect_text",
    "study.tflite.sparse_inference",
    "pipelines.compare",
    "study.comparing.document",
    "study.statistics.unpaired",
    "pipelines.front",
    "pipelines.ship",
    "pipelines.join",
    "pipelines.levels",
    "study.manager.levels_script",
    "study.manager.simulate",
]
MODULES = sorted([*(ROOT / "study").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")])


def imported(path: Path) -> set[str]:
    """Full names of all that a file imports, `from a import b` as a and a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def test_modules_without_tensorflow_stay_without() -> None:
    # One interpreter for all: each import is followed by a look, so the first culprit is named.
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        f"    bad = sorted({TENSORFLOW!r} & set(sys.modules))\n"
        "    assert not bad, f'{name} imports {bad}'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *WITHOUT_TENSORFLOW], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_the_library_does_not_know_the_pipelines() -> None:
    for path in (ROOT / "study").rglob("*.py"):
        assert not [name for name in imported(path) if _inside(name, "pipelines")], path


@pytest.mark.parametrize("axis", AXES)
def test_an_axis_does_not_know_another(axis: str) -> None:
    paths = list((ROOT / "study" / axis.replace(".", "/")).glob("*.py"))
    assert paths
    for path in paths:
        for other in set(AXES) - {axis}:
            assert not [name for name in imported(path) if _inside(name, f"study.{other}")], path


@pytest.mark.parametrize("axis", AXES)
def test_entries_of_an_axis_do_not_know_each_other(axis: str) -> None:
    # What two of them share lies in a module beside them that is no entry itself.
    entries = {
        f"study.{axis}.{path.stem}" for path in (ROOT / "study" / axis.replace(".", "/")).glob("*.py")
    } & _registered(axis)
    assert entries
    for path in (ROOT / "study" / axis.replace(".", "/")).glob("*.py"):
        assert not imported(path) & entries, path


def _tables(axis: str) -> list[Mapping[str, Any]]:
    """The tables of an axis, the registry first."""
    package = importlib.import_module(f"study.{axis}")
    return [value for name, value in vars(package).items() if name.isupper() and isinstance(value, dict)]


def _registered(axis: str) -> set[str]:
    return {entry.module for entry in _tables(axis)[0].values()}


@pytest.mark.parametrize("axis", AXES)
def test_a_registry_is_one_literal_table_of_modules_that_exist(axis: str) -> None:
    text = (ROOT / "study" / axis.replace(".", "/") / "__init__.py").read_text()
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.For | ast.If)]
    for name, entry in _tables(axis)[0].items():
        assert entry.module.startswith(f"study.{axis}.") and entry.module.endswith(f".{name}")
        # Entries that share code stand in one folder.
        assert entry.module.removeprefix(f"study.{axis}.").count(".") <= 1
        assert (ROOT / f"{entry.module.replace('.', '/')}.py").is_file()


def test_no_module_imports_an_entry_of_an_axis_from_outside_it() -> None:
    # They are looked up by name. A data folder of one's own is the one thing that is read without a registry.
    allowed = {("pipelines/foreign_data.py", "study.data.sources.folder")}
    for path in MODULES:
        inside = path.relative_to(ROOT)
        for name in imported(path):
            for axis in AXES:
                if name in _registered(axis) and not str(inside).startswith(f"study/{axis.replace('.', '/')}/"):
                    assert (str(inside), name) in allowed, f"{inside} imports {name}"
