"""The command `make study`: its options, presets, and the lock against a second run."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipelines import study, wall_times
from study.errors import StudyError

ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipelines.study", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_a_second_runner_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".work").mkdir()
    with (tmp_path / ".work" / "study.lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run(tmp_path)
    assert done.returncode == 2
    assert done.stderr == ("error: another study runs in this folder (process 4711): wait for it or stop it\n")


@pytest.mark.parametrize("jobs", ["0", "-1"])
def test_jobs_start_at_one(tmp_path: Path, jobs: str) -> None:
    done = run(tmp_path, "--jobs", jobs)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"JOBS is {jobs}" in done.stderr


@pytest.fixture()
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def test_a_preset_replaces_another_and_plans(project: Path) -> None:
    presets = ROOT / "pipelines" / "presets"
    (project / "params.yaml").write_bytes((presets / "full.yaml").read_bytes())
    study.adopt("smoke")
    assert (project / "params.yaml").read_bytes() == (presets / "smoke.yaml").read_bytes()
    assert len(yaml.safe_load((project / "plan.yaml").read_text())["exported"]) == 20
    (project / "params.yaml").write_text("# a comment is no change\n" + (project / "params.yaml").read_text())
    study.adopt("smoke")
    assert (project / "params.yaml").read_text().startswith("# a comment")


def test_a_preset_that_is_there_already_is_planned_again(project: Path) -> None:
    # The runner may have been killed between the two files.
    (project / "params.yaml").write_bytes((ROOT / "pipelines/presets/smoke.yaml").read_bytes())
    study.adopt("smoke")
    assert (project / "plan.yaml").exists()


def test_changes_of_ones_own_are_not_overwritten(project: Path) -> None:
    values = yaml.safe_load((ROOT / "pipelines/presets/full.yaml").read_text())
    values["training"]["epochs"] += 1
    text = yaml.safe_dump(values)
    (project / "params.yaml").write_text(text)
    with pytest.raises(StudyError, match="changes of its own"):
        study.adopt("quick")
    assert (project / "params.yaml").read_text() == text
    assert not (project / "plan.yaml").exists()


def test_an_unknown_preset_changes_nothing(project: Path) -> None:
    with pytest.raises(StudyError, match="choose one of"):
        study.adopt("huge")
    assert not list(project.iterdir())


def test_of_a_journal_the_lines_of_the_preset_are_published(project: Path) -> None:
    wall_times.publish()
    assert not wall_times.PUBLISHED.exists()
    for preset in ("smoke", "quick", "quick"):
        (project / "params.yaml").write_text(f"preset: {preset}\n")
        wall_times.record(wall_times.start(), ["train@a", "train@b"], 2, False)
    with wall_times.JOURNAL.open("a") as file:
        file.write("quick,train,1,2,20")  # the machine was lost
    wall_times.publish()
    lines = wall_times.PUBLISHED.read_text().splitlines()
    assert [line.split(",")[:4] for line in lines] == [
        ["preset", "stage", "cells", "jobs"],
        *[["quick", "train", "2", "2"]] * 2,
    ]
