import hashlib
import os
from pathlib import Path

import commands
import pytest

from pipelines import workspace
from study.errors import StudyError

ROOT = Path(__file__).parents[2]


def checkout() -> dict[str, str]:
    """Digests of what a demo must not touch."""
    paths = [ROOT / "params.yaml", ROOT / "plan.yaml", ROOT / "dvc.yaml"]
    paths += [path for path in (ROOT / "reports").rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_a_folder_of_its_own_twice(tmp_path: Path) -> None:
    before, folder = checkout(), tmp_path / "a" / "demo"
    workspace.create(folder, workspace.preset("smoke"))
    smoke = (ROOT / "pipelines/presets/smoke.yaml").read_bytes()
    assert (folder / "params.yaml").read_bytes() == smoke
    assert "mobilenet_v2_dense_s0_int8:" in (folder / "plan.yaml").read_text()
    assert (folder / "dvc.yaml").read_bytes() == (ROOT / "dvc.yaml").read_bytes()
    config = (folder / ".dvc" / "config").read_text()
    assert all(words in config for words in ("no_scm = True", "analytics = false", "check_update = false"))
    assert not list(folder.rglob("*.npz"))

    kept = {
        "artifacts/models/m.npz": b"weights",
        "dvc.lock": b"schema: '2.0'\n",
        ".resume/m.npz": b"state",
        "reports/results.csv": b"a\n",
        ".dvc/cache/files/md5/00/11": b"x",
    }
    for name, data in kept.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "study" / "removed_since.py").write_text("")
    workspace.create(folder, workspace.preset("smoke"))
    assert {name: (folder / name).read_bytes() for name in kept} == kept
    assert not (folder / "study" / "removed_since.py").exists()
    assert (folder / ".dvc" / "config").read_text() == config
    assert checkout() == before


@pytest.mark.parametrize("name", ["study/own.py", ".git/HEAD", "notes.txt"])
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    # Code is replaced in the folder: the wrong one would lose its own.
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(StudyError, match="holds something else"):
        workspace.create(tmp_path, workspace.preset("smoke"))
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == [name]


def test_the_checkout_itself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "study").mkdir()
    monkeypatch.setattr(workspace, "ROOT", tmp_path)
    with pytest.raises(StudyError, match="holds something else"):
        workspace.create(tmp_path, tmp_path / "params.yaml")
    assert (tmp_path / "study").exists()


def test_an_unknown_preset_lists_the_known_ones() -> None:
    known = "arms, dynamic, full, quick, reference, smoke, structured"
    with pytest.raises(StudyError, match=rf"no preset 'huge': choose one of {known}$"):
        workspace.preset("huge")


def test_the_command_refuses_it_in_one_line_before_making_a_folder(tmp_path: Path) -> None:
    done = commands.outcome(workspace, "--preset", "huge", "--out", tmp_path / "x")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert os.listdir(tmp_path) == []


def test_a_params_file_that_does_not_plan_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("grid: {}\n")
    with pytest.raises(StudyError, match="failed in") as caught:
        workspace.create(tmp_path / "demo", tmp_path / "bad.yaml")
    assert "no section" in str(caught.value) or "params.yaml, grid" in str(caught.value)
