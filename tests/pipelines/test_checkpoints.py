"""Checkpoints of a training: two generations, damage, and whose state it is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import checkpoints, files  # the first imports TensorFlow, through the trainer

pytestmark = pytest.mark.tf


def saved(folder: Path, epochs: int) -> Path:
    """States of so many epochs under key `k`."""
    path = folder / "m.npz"
    for epoch in range(1, epochs + 1):
        checkpoints.resume(path, "k").save({"epoch": np.array(epoch)})
    return path


def loaded(path: Path, key: str = "k") -> Any:
    state = checkpoints.resume(path, key).load()
    return None if state is None else {name: array.tolist() for name, array in state.items()}


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def test_without_a_checkpoint_a_training_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert loaded(tmp_path / "none" / "m.npz") is None
    assert capsys.readouterr().err == ""


def test_the_newest_of_two_generations_is_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, 3)
    assert loaded(path) == {"epoch": 3}
    assert names(path) == ["m.npz", "m.previous.npz"]
    assert capsys.readouterr().err == ""


def test_a_damaged_newest_falls_back_with_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, 3)
    path.write_bytes(path.read_bytes()[:50])
    assert loaded(path) == {"epoch": 2}
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "m.npz is damaged" in said
    # Gone, or the next save would move it over the good one.
    assert names(path) == ["m.previous.npz"]


def test_two_damaged_ones_start_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, 2)
    path.write_bytes(b"")
    path.with_suffix(".previous.npz").write_bytes(b"")
    assert loaded(path) is None
    assert capsys.readouterr().err.count("is damaged") == 2


def test_a_missing_newest_falls_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, 2)
    path.unlink()
    assert loaded(path) == {"epoch": 1}
    assert capsys.readouterr().err == ""


def test_the_state_of_another_training_is_not_continued(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, 1)
    assert loaded(path, "other") is None
    checkpoints.resume(path, "new").save({"epoch": np.array(5)})
    assert loaded(path) == {"epoch": 1}  # the older is of this key
    np.savez(path, epoch=np.array(9))
    path.with_suffix(".previous.npz").unlink()
    assert loaded(path) is None  # of no key
    assert capsys.readouterr().err == ""


def test_discard_removes_both_generations_and_nothing_else(tmp_path: Path) -> None:
    path = saved(tmp_path, 2)
    (path.parent / "other.npz").write_bytes(b"")
    checkpoints.discard(path)
    checkpoints.discard(path)
    assert names(path) == ["other.npz"]


def test_phases_of_a_run_do_not_mix(tmp_path: Path) -> None:
    path = saved(tmp_path, 1)
    first, second = (checkpoints.resume(path, "k").phase(name) for name in ("shrink", "finetune"))
    first.save({"epoch": np.array(7)})
    assert first.load()["epoch"].item() == 7 and second.load() is None and loaded(path) == {"epoch": 1}
    assert names(path) == ["m.npz", "m.shrink.npz"]
    assert checkpoints.resume(path, "other").phase("shrink").load() is None
    checkpoints.discard(path)
    assert names(path) == []


def test_identity_is_that_of_the_facts(tmp_path: Path) -> None:
    one = checkpoints.identity("mobilenet", 0.5, {"a": 1, "b": 2})
    assert one == checkpoints.identity("mobilenet", 0.5, {"b": 2, "a": 1})
    assert one != checkpoints.identity("mobilenet", 0.5, {"a": 1, "b": 3})
    assert len(one) == 64
    (tmp_path / "abc").write_bytes(b"abc")
    assert files.file_digest(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
