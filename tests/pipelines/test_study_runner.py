"""The runner on a scratch project with the study's stage names and trivial commands."""

import csv
import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from pipelines import study, wall_times
from pipelines.files import NOTE
from study.errors import StudyError

ROOT = Path(__file__).parents[2]
PLAN: dict[str, dict[str, dict[str, str]]] = {
    "trained": {"a": {}, "b": {}},
    "compressed": {"c": {}},
    "exported": {"v": {}, "w": {}},
    "diagnosed": {"a": {}},
    "devices": {"host": {}},
}
ENVIRONMENT = os.environ | {
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    "PYTHONPATH": str(ROOT),
    "DVC_NO_ANALYTICS": "1",
}


def stages() -> str:
    def cell(kind: str, table: str, dep: str, command: str = "") -> dict[str, object]:
        out = f"out/{kind}.${{key}}"
        write = f"mkdir -p out && {command}echo {kind} >> ran.${{key}}.{kind} && echo ${{key}} > {out}"
        return {"foreach": f"${{{table}}}", "do": {"cmd": write, "deps": [dep], "outs": [out]}}

    fails = "if [ ${key} = b ] && [ ! -e mended ]; then echo 'error: b is broken' >&2; exit 2; fi; "
    return yaml.safe_dump(
        {
            "vars": ["plan.yaml"],
            "stages": {
                "plan": {"cmd": "mkdir -p out && echo plan > out/plan", "outs": ["out/plan"]},
                "data": {"cmd": "echo data > out/data", "deps": ["out/plan"], "outs": ["out/data"]},
                "train": cell("train", "trained", "out/data", fails),
                "compress": cell("compress", "compressed", "out/train.a"),
                "export": cell("export", "exported", "out/compress.c"),
                "diagnose": cell("diagnose", "diagnosed", "out/train.${key}"),
                "evaluate": cell("evaluate", "exported", "out/export.${key}"),
                "encode": {
                    "cmd": "cat out/export.* > out/encode && echo encode >> ran.encode",
                    "deps": ["out/export.v", "out/export.w"],
                    "outs": ["out/encode"],
                },
                "robustness": {
                    "cmd": "cat out/export.* > out/robustness && echo robustness >> ran.robustness",
                    "deps": ["out/export.v", "out/export.w"],
                    "outs": ["out/robustness"],
                },
                "latency": cell("latency", "devices", "out/export.v"),
                "report": {
                    "cmd": "cat out/evaluate.v out/latency.host > out/report",
                    "deps": ["out/evaluate.v", "out/latency.host"],
                    "outs": ["out/report"],
                },
                "ship": {"cmd": "cat out/report > out/ship", "deps": ["out/report"], "outs": ["out/ship"]},
            },
        }
    )


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines.study", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
    )


@dataclass(frozen=True)
class Story:
    """A run in which one cell fails, one after it is mended, one with nothing to do; what ran in each."""

    folder: Path
    failed: subprocess.CompletedProcess[str]
    mended: subprocess.CompletedProcess[str]
    idle: subprocess.CompletedProcess[str]
    after: tuple[dict[str, int], ...]


def ran(folder: Path) -> dict[str, int]:
    """How often each cell's command ended well."""
    return {path.name.removeprefix("ran."): len(path.read_text().split()) for path in folder.glob("ran.*")}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("study")
    (folder / "plan.yaml").write_text(yaml.safe_dump(PLAN))
    (folder / "dvc.yaml").write_text(stages())
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], cwd=folder, check=True)
    failed = run(folder, "--jobs", "2")
    counts = [ran(folder)]
    (folder / "mended").touch()
    mended = run(folder, "--jobs", "2")
    counts.append(ran(folder))
    idle = run(folder)
    counts.append(ran(folder))
    return Story(folder, failed, mended, idle, tuple(counts))


def test_a_failing_cell_is_named_with_its_log_while_others_are_done(story: Story) -> None:
    assert story.failed.returncode == 2
    last = story.failed.stderr.strip().splitlines()[-1]
    assert last.startswith("error: 1 of 2 failed: train@b (")
    log = Path(".work/logs/train.b.log")
    assert str(log) in last
    assert "error: b is broken" in (story.folder / log).read_text()
    assert "b is broken" in last
    assert "Traceback" not in story.failed.stderr
    assert story.after[0] == {"a.train": 1}


def test_two_jobs_make_everything_and_nothing_twice(story: Story) -> None:
    assert story.mended.returncode == 0, story.mended.stderr
    assert story.mended.stdout.splitlines()[-1].endswith("reports/index.html")
    assert story.after[1] == {
        "a.train": 1,
        "a.diagnose": 1,
        "b.train": 1,
        "c.compress": 1,
        "v.export": 1,
        "w.export": 1,
        "v.evaluate": 1,
        "w.evaluate": 1,
        "encode": 1,
        "robustness": 1,
        "host.latency": 1,
    }
    assert (story.folder / "out" / "ship").read_text() == "v\nhost\n"
    lock = yaml.safe_load((story.folder / "dvc.lock").read_text())["stages"]
    assert {
        "plan",
        "data",
        "train@a",
        "train@b",
        "compress@c",
        "diagnose@a",
        "evaluate@w",
        "latency@host",
        "report",
    } <= set(lock)


def test_a_second_run_does_nothing(story: Story) -> None:
    assert story.idle.returncode == 0, story.idle.stderr
    assert story.after[2] == story.after[1]
    assert "Running stage" not in story.idle.stdout + story.idle.stderr


def test_the_journal_has_a_line_a_call_that_ran_something(story: Story) -> None:
    with (story.folder / "reports/wall_times.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["preset"] for line in lines} == {"unnamed"}
    assert all(float(line["seconds"]) > 0 and line["started"].endswith("+00:00") for line in lines)
    told = [(line["stage"], line["cells"], line["jobs"], line["failed"]) for line in lines]
    assert told[0] == ("plan+data", "2", "1", "false")
    assert sorted(told[1:3]) == [("train", "1", "2", "false"), ("train", "1", "2", "true")]
    # What follows is of the second run: the first had ended after its failure, the third did nothing.
    assert sorted(told[3:]) == sorted(
        [
            ("train", "1", "2", "false"),
            ("compress", "1", "2", "false"),
            *[("export", "1", "2", "false")] * 2,
            *[("diagnose", "1", "2", "false")],
            *[("evaluate", "1", "2", "false")] * 2,
            ("encode", "1", "1", "false"),
            ("robustness", "1", "1", "false"),
            ("latency", "1", "1", "false"),
            ("report+ship", "2", "1", "false"),
        ]
    )


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


def test_a_device_that_was_away_is_asked_again(story: Story) -> None:
    note = story.folder / "artifacts" / "latency" / "host" / NOTE
    note.parent.mkdir(parents=True)
    note.touch()
    assert run(story.folder).returncode == 0
    assert ran(story.folder) == story.after[2] | {"host.latency": 2}
    note.unlink()
    assert run(story.folder).returncode == 0
    assert ran(story.folder) == story.after[2] | {"host.latency": 2}


@pytest.fixture()
def cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three exports, of which the first two fail."""
    (tmp_path / "plan.yaml").write_text("exported: {u: {}, v: {}, w: {}}\n")
    command = "if [ ${key} != w ]; then echo 'error: no ${key}' >&2; exit 2; fi; echo ${key} > ${key}.out"
    stage = {"foreach": "${exported}", "do": {"cmd": command, "outs": ["${key}.out"]}}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"vars": ["plan.yaml"], "stages": {"export": stage}}))
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    for name in ("PATH", "PYTHONPATH", "DVC_NO_ANALYTICS"):
        monkeypatch.setenv(name, ENVIRONMENT[name])
    return tmp_path


def test_a_failure_does_not_take_its_neighbours_in_one_process_along(cells: Path) -> None:
    with pytest.raises(StudyError) as caught:
        study._wave("export", ["export@u", "export@v", "export@w"], 3, 2)
    assert str(caught.value) == ("2 of 3 failed: export@u export@v (error: no u; whole log: .work/logs/export.u.log)")
    assert (cells / "w.out").read_text() == "w\n"


def test_one_job_goes_on_after_a_failure_too(cells: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StudyError, match="run `make study` again"):
        study._repro(["export@u", "export@v", "export@w"], "export", 1, "--keep-going")
    assert (cells / "w.out").read_text() == "w\n"
    assert "failed to reproduce stages: 'export@u' and 'export@v'" in capfd.readouterr().err


def test_what_dvc_does_not_name_is_all_of_the_chunk() -> None:
    assert study._failed(["a", "b"], "ERROR: unable to acquire lock") == ["a", "b"]
    assert study._last_line("50%\r60%\nerror: first\nERROR: second\n") == "error: first"
    assert study._last_line("") == "no message"


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
    assert len(yaml.safe_load((project / "plan.yaml").read_text())["exported"]) == 10
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
