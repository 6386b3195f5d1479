"""The reader of a board: the same answers as a file of one network, XNNPACK on, and what it measures."""

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from study.manager import levels_script
from study.manager.levels_script import Levels, random_image

SCRIPT = Path(levels_script.__file__)
RUNTIMES = ["ai_edge_litert", "tflite_runtime"]


def ask(script: Path, model: Path, runtime: str = "ai_edge_litert", **changes: Any) -> dict[str, Any]:
    request = {
        "model": str(model),
        "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "runtime": runtime,
        "threads": 1,
        "seconds": 0.02,
    }
    done = subprocess.run(
        [sys.executable, "-I", str(script)],
        input=json.dumps(request | changes),
        capture_output=True,
        text=True,
        check=True,
        cwd=script.parent,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("form, tolerance", [("", 1e-5), ("int8_", 0.0)])
def test_a_level_answers_as_the_file_of_its_network_alone(
    tiny_folder: Path, runtime: str, form: str, tolerance: float
) -> None:
    family = Levels(str(tiny_folder / f"levels_{form}full_half.tflite"), runtime)
    assert family.names == ("full", "half")
    answers = {}
    for name in ("full", "half", "full", "half"):
        alone = Levels(str(tiny_folder / f"levels_{form}{name}.tflite"), runtime)
        assert alone.names == (name,)
        for seed in range(3):
            image = np.random.default_rng(seed).uniform(-1, 1, (1, 16, 16, 3)).astype(np.float32)
            answers[name] = family.run(name, image)
            assert answers[name].shape == (1, 4)
            np.testing.assert_allclose(answers[name], alone.run(name, image), rtol=0, atol=tolerance)
    assert not np.allclose(answers["full"], answers["half"])


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_float_levels_run_in_xnnpack(tiny_folder: Path, runtime: str) -> None:
    # In tflite-runtime 2.14 only because all tensors are allocated before the first runner is asked for.
    assert Levels(str(tiny_folder / "levels_full_half.tflite"), runtime).delegate == "xnnpack"


def test_int8_levels_run_without_it_in_tflite_runtime(tiny_folder: Path) -> None:
    path = str(tiny_folder / "levels_int8_full_half.tflite")
    assert [Levels(path, runtime).delegate for runtime in RUNTIMES] == ["xnnpack", "none"]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_copy_anywhere_measures(tiny_folder: Path, tmp_path: Path, runtime: str) -> None:
    script = Path(shutil.copy(SCRIPT, tmp_path / "anything.py"))
    answer = ask(script, tiny_folder / "levels_full_half.tflite", runtime)
    assert answer["delegate"] == "xnnpack" and answer["open_ns"] > 0
    assert 0 <= answer["private_bytes"] <= answer["resident_bytes"] < 1e9
    assert list(answer["levels"]) == ["full", "half"]
    for level in answer["levels"].values():
        assert level["first_ns"] > 0 and min(level["switched_ns"] + level["steady_ns"]) > 0
        # The very first turn begins with another level's call too: the warm-up's.
        assert len(level["steady_ns"]) >= 6 and 0 < len(level["switched_ns"]) < len(level["steady_ns"])


def test_the_only_level_of_a_file_is_never_changed_to(tiny_folder: Path) -> None:
    answer = ask(SCRIPT, tiny_folder / "levels_full.tflite")
    assert answer["levels"]["full"]["switched_ns"] == [] and answer["levels"]["full"]["steady_ns"]


def test_a_call_after_another_level_is_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    class Fake:
        names = ("a", "b", "c")

        def run(self, name: str, image: Any) -> None:
            assert image == f"image of {name}"
            calls.append(name)

    def nanoseconds(call: Any) -> int:
        before = calls[-1]
        call()
        return 1000 if calls[-1] != before else 1

    monkeypatch.setattr(levels_script, "nanoseconds", nanoseconds)
    images = {name: f"image of {name}" for name in Fake.names}
    switched, steady = levels_script.series(Fake(), images, 0.0)  # type: ignore[arg-type]
    assert all(set(times) == {1000} for times in switched.values())
    assert all(set(times) == {1} for times in steady.values())
    # Turns go there and back: at a turning point a level follows itself.
    assert [len(switched[name]) for name in "abc"] == [2, 3, 2]
    assert calls[12:] == [name for name in "abccbaabc" for _ in range(levels_script.RUN)]


def test_processors_are_taken_before_the_file_is_opened(tiny_folder: Path) -> None:
    assert "error" not in ask(SCRIPT, tiny_folder / "levels_full_half.tflite", affinity=[0])
    assert ask(SCRIPT, tiny_folder / "levels_full_half.tflite", affinity=[4095])["error"]


@pytest.mark.parametrize("name", ["levels_full_half", "levels_int8_half", "int8_full"])
def test_an_image_as_the_level_takes_it(tiny_folder: Path, name: str) -> None:
    levels = Levels(str(tiny_folder / f"{name}.tflite"))
    image = random_image(levels, levels.names[0])
    assert image.shape == (1, 16, 16, 3)
    assert image.dtype == (np.int8 if name == "int8_full" else np.float32)
    assert image.min() < -0.9 * (128 if name == "int8_full" else 1)
    assert levels.run(levels.names[0], image).shape == (1, 4)


def test_it_needs_nothing_of_this_project() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text(), feature_version=(3, 9))):  # a board's Python
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).split(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"numpy"}


def test_failures_are_one_json_line(tiny_folder: Path, tmp_path: Path) -> None:
    model = tiny_folder / "levels_full_half.tflite"
    assert "SHA-256" in ask(SCRIPT, model, model_sha256="0" * 64)["error"]
    assert "No module named" in ask(SCRIPT, model, "no_such_runtime")["error"]
    (tmp_path / "cut.tflite").write_bytes(model.read_bytes()[:1000])
    assert ask(SCRIPT, tmp_path / "cut.tflite")["error"]


def test_it_refuses_tensorflow_s_kernels(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", object())
    with pytest.raises(RuntimeError, match="TensorFlow is loaded"):
        Levels(str(tiny_folder / "levels_full.tflite"))
