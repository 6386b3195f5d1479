"""The runner on a scratch project with the study's stage names and trivial commands."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from pipelines.files import NOTE
from pipelines.runner import local, waves
from pipelines.runner.executor import Result
from study.errors import StudyError

ROOT = Path(__file__).parents[3]
PLAN: dict[str, dict[str, dict[str, str]]] = {
    "trained": {"a": {}, "b": {}},
    "compressed": {"c": {}},
    "exported": {"v": {}, "w": {}},
    "evaluated": {"v": {}, "w": {}},
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
                "evaluate": cell("evaluate", "evaluated", "out/export.${key}"),
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
                "profiles": {
                    "cmd": "cat out/export.* > out/profiles && echo profiles >> ran.profiles",
                    "deps": ["out/export.v", "out/export.w"],
                    "outs": ["out/profiles"],
                },
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
        timeout=600,
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
        "profiles": 1,
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
            ("profiles", "1", "1", "false"),
            ("report+ship", "2", "1", "false"),
        ]
    )


@dataclass(frozen=True)
class Elsewhere:
    """An executor that runs nothing: it notes what it was given, each stage is a result of its own."""

    logs: dict[str, Path] = field(default_factory=dict)
    """Of the stages that fail."""
    given: list[list[str]] = field(default_factory=list)

    def run(self, stages: Sequence[str]) -> Iterator[Result]:
        self.given.append([*stages])
        for stage in reversed(stages):
            yield Result([stage], int(stage in self.logs), self.logs.get(stage))


@pytest.fixture()
def here(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be run on the terminal."""
    called: list[list[str]] = []
    monkeypatch.setattr(local, "repro", lambda stages, *options: called.append([*options, *stages]))
    return called


def test_an_executor_is_given_the_stale_cells_alone_wave_by_wave(
    story: Story, monkeypatch: pytest.MonkeyPatch, here: list[list[str]]
) -> None:
    monkeypatch.chdir(story.folder)
    lost = {path: path.read_bytes() for path in (Path("out/train.a"), Path("out/export.v"), Path("out/export.w"))}
    Path("out/train.a").unlink()  # compress and diagnose need it
    Path("out/export.w").write_text("damaged")
    Path("out/export.v").unlink()
    elsewhere = Elsewhere()
    waves.run(elsewhere)
    assert elsewhere.given == [
        ["train@a"],
        ["compress@c"],
        ["export@v", "export@w"],
        ["diagnose@a"],
        ["evaluate@v", "evaluate@w"],
    ]
    assert here == [["plan", "data"], ["encode"], ["robustness"], ["latency@host"], ["profiles"], ["report", "ship"]]
    for path, content in lost.items():  # for the tests that follow
        path.write_bytes(content)


def test_the_walk_ends_after_a_wave_with_failures_told_in_the_order_of_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: list[list[str]]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plan.yaml").write_text(yaml.safe_dump(PLAN | {"trained": {"a": {}, "b": {}, "c": {}}}))
    Path("a.log").write_text("50%\r60%\nerror: first\nERROR: failed to reproduce 'train@a'\n")
    Path("c.log").write_text("ERROR: unable to acquire lock\n")
    monkeypatch.setattr(waves, "_stale", lambda stages: stages)
    elsewhere = Elsewhere({"train@a": Path("a.log"), "train@c": Path("c.log")})
    with pytest.raises(StudyError) as caught:
        waves.run(elsewhere)
    assert str(caught.value) == (
        "2 of 3 failed: train@a (error: first; whole log: a.log); "
        "train@c (ERROR: unable to acquire lock; whole log: c.log)"
    )
    assert (elsewhere.given, here) == ([["train@a", "train@b", "train@c"]], [["plan", "data"]])


def test_what_dvc_does_not_name_is_all_of_the_call(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("")
    assert waves._reason(Result(["a", "b"], 1, log)) == f"a b (no message; whole log: {log})"
    log.write_text("ERROR: failed to reproduce stages: 'b' and 'c'")
    assert waves._names(Result(["a", "b", "c"], 1, log)) == ["b", "c"]


def test_a_device_that_was_away_is_asked_again(story: Story) -> None:
    note = story.folder / "artifacts" / "latency" / "host" / NOTE
    note.parent.mkdir(parents=True)
    note.touch()
    assert run(story.folder).returncode == 0
    assert ran(story.folder) == story.after[2] | {"host.latency": 2}
    note.unlink()
    assert run(story.folder).returncode == 0
    assert ran(story.folder) == story.after[2] | {"host.latency": 2}


def test_what_is_made_of_another_cell_comes_after_it() -> None:
    cells = {"c": {"base": "b"}, "a": {"base": "dense"}, "b": {"base": "a"}, "d": {}, "e": {"base": "a"}}
    assert waves.turns(cells) == [["a", "d"], ["b", "e"], ["c"]]
    assert waves.turns({}) == []
    with pytest.raises(StudyError, match="made of each other"):
        waves.turns({"a": {"base": "b"}, "b": {"base": "a"}})
