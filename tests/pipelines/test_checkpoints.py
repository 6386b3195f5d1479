"""In a process of its own: the module imports TensorFlow through the trainer, other tests want it absent."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import contextlib, io, json, sys
from pathlib import Path
import numpy as np
from pipelines import checkpoints, files

folder = Path(sys.argv[1])

def load(path, key="k"):
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        state = checkpoints.resume(path, key).load()
    return [None if state is None else {n: a.tolist() for n, a in state.items()}, said.getvalue()]

def saved(name, epochs):
    path = folder / name / "m.npz"
    for epoch in range(1, epochs + 1):
        checkpoints.resume(path, "k").save({"epoch": np.array(epoch)})
    return path

def names(path):
    return sorted(file.name for file in path.parent.iterdir())

found = {}
found["nothing"] = load(folder / "none" / "m.npz")
path = saved("three", 3)
found["three"], found["three names"] = load(path), names(path)
found["other key"] = load(path, "other")
path.write_bytes(path.read_bytes()[:50])
found["damaged"], found["damaged names"] = load(path), names(path)
path.write_bytes(b"")
path.with_suffix(".previous.npz").write_bytes(b"")
found["both damaged"] = load(path)
path = saved("gone", 2)
path.unlink()
found["newest gone"] = load(path)
path = saved("foreign", 1)
np.savez(path, epoch=np.array(9))
found["without key"] = load(path)
path = saved("done", 2)
(path.parent / "other.npz").write_bytes(b"")
checkpoints.discard(path)
checkpoints.discard(path)
found["discarded"] = names(path)
path = saved("phases", 1)
first, second = (checkpoints.resume(path, "k").phase(name) for name in ("shrink", "finetune"))
first.save({"epoch": np.array(7)})
found["phases"] = [first.load()["epoch"].item(), second.load(), load(path)[0], names(path)]
found["foreign phase"] = checkpoints.resume(path, "other").phase("shrink").load()
checkpoints.discard(path)
found["phases discarded"] = names(path)
path = saved("moved", 1)
checkpoints.resume(path, "new").save({"epoch": np.array(5)})
found["older of this key"] = load(path)
one = checkpoints.identity("mobilenet", 0.5, {"a": 1, "b": 2})
found["identity"] = [one == checkpoints.identity("mobilenet", 0.5, {"b": 2, "a": 1}),
                     one == checkpoints.identity("mobilenet", 0.5, {"a": 1, "b": 3}), len(one)]
(folder / "abc").write_bytes(b"abc")
found["digest"] = files.file_digest(folder / "abc")
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path_factory.mktemp("resume"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_without_a_checkpoint_a_training_starts(found: dict[str, Any]) -> None:
    assert found["nothing"] == [None, ""]


def test_the_newest_of_two_generations_is_loaded(found: dict[str, Any]) -> None:
    assert found["three"] == [{"epoch": 3}, ""]
    assert found["three names"] == ["m.npz", "m.previous.npz"]


def test_a_damaged_newest_falls_back_with_a_line(found: dict[str, Any]) -> None:
    state, said = found["damaged"]
    assert state == {"epoch": 2}
    assert said.count("\n") == 1
    assert "m.npz is damaged" in said
    # Gone, or the next save would move it over the good one.
    assert found["damaged names"] == ["m.previous.npz"]


def test_two_damaged_ones_start_again(found: dict[str, Any]) -> None:
    state, said = found["both damaged"]
    assert state is None
    assert said.count("is damaged") == 2


def test_a_missing_newest_falls_back(found: dict[str, Any]) -> None:
    assert found["newest gone"] == [{"epoch": 1}, ""]


def test_the_state_of_another_training_is_not_continued(found: dict[str, Any]) -> None:
    assert found["other key"] == [None, ""]
    assert found["without key"] == [None, ""]
    assert found["older of this key"] == [{"epoch": 1}, ""]


def test_discard_removes_both_generations_and_nothing_else(found: dict[str, Any]) -> None:
    assert found["discarded"] == ["other.npz"]


def test_phases_of_a_run_do_not_mix(found: dict[str, Any]) -> None:
    first, second, whole, names = found["phases"]
    assert (first, second, whole) == (7, None, {"epoch": 1})
    assert names == ["m.npz", "m.shrink.npz"]
    assert found["foreign phase"] is None
    assert found["phases discarded"] == []


def test_identity_is_that_of_the_facts(found: dict[str, Any]) -> None:
    assert found["identity"] == [True, False, 64]
    assert found["digest"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
