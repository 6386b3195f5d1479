"""Calls of DVC on this machine: a scratch project of three exports, of which the first two fail."""

import csv
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from pipelines import wall_times
from pipelines.runner import local, waves
from pipelines.runner.executor import Result
from pipelines.runner.local import Local
from study.errors import StudyError

STAGES = ["export@u", "export@w", "export@v"]


@pytest.fixture()
def cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "plan.yaml").write_text("exported: {u: {}, v: {}, w: {}}\n")
    command = "if [ ${key} != w ]; then echo 'error: no ${key}' >&2; exit 2; fi; echo ${key} > ${key}.out"
    stage = {"foreach": "${exported}", "do": {"cmd": command, "outs": ["${key}.out"]}}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"vars": ["plan.yaml"], "stages": {"export": stage}}))
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    return tmp_path


def journal() -> list[list[str]]:
    with wall_times.JOURNAL.open(newline="") as file:
        return [[line[name] for name in ("stage", "cells", "jobs", "failed")] for line in csv.DictReader(file)]


def test_a_failure_does_not_take_its_neighbours_in_one_call_along(cells: Path) -> None:
    with pytest.raises(StudyError) as caught:
        waves._wave(Local(2), "export", STAGES)
    assert str(caught.value) == (
        "2 of 3 failed: export@u (error: no u; whole log: .work/logs/export.u.log); "
        "export@v (error: no v; whole log: .work/logs/export.v.log)"
    )
    assert (cells / "w.out").read_text() == "w\n"
    assert sorted(journal()) == [["export", "1", "2", "true"], ["export", "2", "2", "true"]]


def test_one_job_goes_on_after_a_failure_too(cells: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StudyError, match=r"^export failed \(the lines above say why\): mend it and run the same"):
        waves._wave(Local(1), "export", STAGES)
    assert (cells / "w.out").read_text() == "w\n"
    assert "failed to reproduce stages: 'export@u' and 'export@v'" in capfd.readouterr().err
    assert journal() == [["export", "3", "1", "true"]]


@pytest.mark.parametrize(
    ("kind", "jobs", "sizes"),
    [("train", 2, [1] * 10), ("export", 2, [4, 4, 2]), ("evaluate", 5, [2] * 5), ("export", 9, [2] * 5)],
)
def test_a_call_takes_several_cells_where_its_start_counts(
    monkeypatch: pytest.MonkeyPatch, kind: str, jobs: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(local, "_logged", lambda stages, jobs: Result(stages, 0, None))
    stages = [f"{kind}@{number}" for number in range(10)]
    results = sorted((result.stages for result in Local(jobs).run(stages)), key=lambda some: stages.index(some[0]))
    assert [len(some) for some in results] == sizes
    assert [stage for some in results for stage in some] == stages


def test_results_come_as_calls_end_and_none_begins_when_nobody_asks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    release = threading.Event()

    def logged(stages: Sequence[str], jobs: int) -> Result:
        begun.append(stages[0])
        if stages[0] != "train@1":
            release.wait(60)
        return Result(stages, 0, None)

    monkeypatch.setattr(local, "_logged", logged)
    results = Local(2).run([f"train@{number}" for number in range(9)])
    assert next(results).stages == ["train@1"]
    threading.Timer(1, release.set).start()
    results.close()  # type: ignore[attr-defined]
    assert len(begun) <= 3
