import hashlib
import os
import subprocess
from pathlib import Path

import commands
import pytest
import yaml
from image_folders import files, write

from pipelines import workspace
from pipelines.plan import expected
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
    known = "arms, dynamic, full, own, quick, reference, smoke, structured"
    with pytest.raises(StudyError, match=rf"no preset 'huge': choose one of {known}$"):
        workspace.preset("huge")


def test_the_command_refuses_it_in_one_line_before_making_a_folder(tmp_path: Path) -> None:
    done = commands.outcome(workspace, "--preset", "huge", "--out", tmp_path / "x")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert os.listdir(tmp_path) == []


def test_the_nearest_preset_is_named() -> None:
    with pytest.raises(StudyError, match=r"no preset 'smok' \(did you mean 'smoke'\?\)"):
        workspace.preset("smok")


def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return commands.outcome(workspace, *arguments)


def test_own_images_in_a_folder_of_its_own(tmp_path: Path) -> None:
    before, images, out = checkout(), tmp_path / "my images: #1", tmp_path / "my-study"
    write(tmp_path, files(train=10), "folder").rename(images)
    done = run("--preset", "own", "--data", images, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"20 training images in {images}; calibration images: 8 instead of 100, half of those that train",
        f"next: cd {out} && python -m pipelines.study --jobs 2",
    ]
    preset, own = (yaml.safe_load(path.read_text()) for path in (workspace.preset("own"), out / "params.yaml"))
    assert own == preset | {"data": preset["data"] | {"path": str(images), "calibration_images": 8}}
    comments = [line for line in workspace.preset("own").read_text().splitlines() if line.startswith("#")]
    assert (out / "params.yaml").read_text().splitlines()[: len(comments)] == comments
    assert yaml.safe_load((out / "plan.yaml").read_text())["dataset"] == {"source": "folder", "input": str(images)}
    assert checkout() == before and not (out / "reports").exists()

    mine = (out / "params.yaml").read_text().replace("epochs: 40", "epochs: 3")
    (out / "params.yaml").write_text(mine)
    done = run("--preset", "own", "--data", images, "--out", out)
    assert done.returncode == 0 and "params.yaml stands there already and is kept" in done.stdout
    assert (out / "params.yaml").read_text() == mine
    write(tmp_path, files(), "folder")
    done = run("--preset", "own", "--data", tmp_path / "pets", "--out", out)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "is there already and its data.path is" in done.stderr
    assert (out / "params.yaml").read_text() == mine


@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "pipelines/presets").glob("*.yaml"))])
def test_own_images_in_any_preset(tmp_path: Path, name: str) -> None:
    images = write(tmp_path, files(train=5, test=0), "zip")
    before = yaml.safe_load(workspace.preset(name).read_text())
    text, said = workspace.with_images(workspace.preset(name), images)
    assert said.startswith(f"8 training images in {images}; calibration images: 3 instead of ")
    assert yaml.safe_load(text) == before | {
        "data": before["data"] | {"source": "folder", "path": str(images), "calibration_images": 3}
    }
    (tmp_path / "params.yaml").write_text(text)
    if name != "arms":
        assert str(images) in expected(tmp_path / "params.yaml")
        return
    done = run("--preset", name, "--data", images, "--out", tmp_path / "out")  # its schemes are given 10, 50, 100 ...
    assert (done.returncode, done.stderr.count("\n"), (tmp_path / "out").exists()) == (2, 1, False)
    assert "int8 asks for 10 calibration images, and data.calibration_images is 3" in done.stderr


@pytest.mark.parametrize("images", ["nowhere", "empty"])
def test_images_that_are_none_are_one_line_before_a_folder_is_made(tmp_path: Path, images: str) -> None:
    (tmp_path / "empty").mkdir()
    done = run("--preset", "own", "--data", tmp_path / images, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert str(tmp_path / images) in done.stderr and not (tmp_path / "out").exists()


def test_a_params_file_that_does_not_plan_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("grid: {}\n")
    with pytest.raises(StudyError, match="failed in") as caught:
        workspace.create(tmp_path / "demo", tmp_path / "bad.yaml")
    assert "no section" in str(caught.value) or "params.yaml, grid" in str(caught.value)
