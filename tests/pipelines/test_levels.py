"""Measuring the levels of a tiny file, and the demonstration with it. Times are whatever they are: none is asserted."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import commands
import pytest

from pipelines import levels, levels_demo, levels_measure
from study.manager.profile import Profile, Setting, from_document


@pytest.fixture
def family(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(tiny_folder / "levels_full_half.tflite", tmp_path / "family.tflite"))


def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return commands.outcome(levels, *arguments)


def measured(family: Path, *arguments: str | Path) -> Profile:
    done = run("measure", family, "--seconds=0.01", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return from_document(json.loads(family.with_suffix(".profile.json").read_text()))


def evaluation(folder: Path, family: Path, signature: str, top1: float, **facts: Any) -> Path:
    """What pipelines.evaluate writes, as far as it is read."""
    path = folder / f"{signature}.json"
    known = {"signature": signature, "sha256": levels_measure.files.file_digest(family)}
    classes = [{"accuracy": top1 - 0.2}, {"accuracy": top1 + 0.1}]
    path.write_text(json.dumps({"top1": top1, "per_class": classes, "facts": [known | facts]}))
    return path


def test_a_profile_beside_the_file(family: Path) -> None:
    found = measured(family)
    assert found.levels == ("full", "half") and found.runtime == "ai_edge_litert"
    assert [entry.setting for entry in found.entries] == [Setting()] * 2
    assert all(entry.microseconds > 0 and entry.switching and entry.first_microseconds for entry in found.entries)
    assert all(entry.accuracy is None and entry.millijoules is None for entry in found.entries)
    assert found.opened[0].delegate == "xnnpack" and found.machine == levels_measure.machine()


def test_each_setting_in_turn(family: Path) -> None:
    processor = min(os.sched_getaffinity(0))
    done = run(
        *("measure", family, "--seconds=0.01", "--threads=1,2", "--affinity", "any", str(processor)),
        *("--runtime=tflite_runtime", f"--profile={family.parent / 'own.json'}"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = from_document(json.loads((family.parent / "own.json").read_text()))
    settings = [Setting(threads, affinity) for threads in (1, 2) for affinity in (None, (processor,))]
    assert [entry.setting for entry in found.entries[::2]] == settings == [opened.setting for opened in found.opened]
    assert "the wider level is taken for the better one" in done.stdout and found.runtime == "tflite_runtime"


def test_accuracies_of_evaluations(family: Path, tmp_path: Path) -> None:
    paths = [evaluation(tmp_path, family, name, top1) for name, top1 in (("full", 0.9), ("half", 0.7))]
    found = measured(family, "--accuracy", *paths)
    assert [entry.accuracy for entry in found.entries] == [0.9, 0.7]
    assert [entry.worst_class for entry in found.entries] == pytest.approx([0.7, 0.5])


def test_evaluations_that_do_not_fit(family: Path, tmp_path: Path) -> None:
    full = evaluation(tmp_path, family, "full", 0.9)
    (tmp_path / "none.json").write_text("{}")
    (tmp_path / "other").mkdir()
    for paths, said in (
        ([full, full], "is a second evaluation of level full"),
        ([tmp_path / "none.json"], "is no evaluation of a level"),
        ([evaluation(tmp_path / "other", family, "full", 0.9, sha256="0")], "evaluates another file"),
        ([evaluation(tmp_path, family, "w75", 0.9)], "an accuracy of 'w75', but the file's levels are full, half"),
    ):
        done = run("measure", family, "--seconds=0.01", "--accuracy", *paths)
        assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1
    assert not family.with_suffix(".profile.json").exists()


def test_frequencies_are_set_and_put_back(family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "cpufreq"
    monkeypatch.setattr(levels_measure, "CPUFREQ", root)
    done = run("measure", family, "--seconds=0.01", "--frequencies=600000")
    assert done.returncode == 2 and "no cpufreq" in done.stderr and done.stderr.count("\n") == 1
    files = {
        "affected_cpus": "0 1",
        "cpuinfo_min_freq": "600000",
        "cpuinfo_max_freq": "1500000",
        "scaling_available_governors": "performance",
        "scaling_governor": "performance",
        "scaling_max_freq": "1500000",
    }
    (root / "policy0").mkdir(parents=True)
    for name, value in files.items():
        (root / "policy0" / name).write_text(value)
    seen = []

    def ask(*arguments: Any) -> Any:
        seen.append((root / "policy0" / "scaling_max_freq").read_text())
        return asked(*arguments)

    asked = levels_measure.ask
    monkeypatch.setattr(levels_measure, "ask", ask)
    found = measured(family, "--frequencies=600000,1000000")
    assert seen == ["600000", "1000000"]
    assert [entry.setting.khz for entry in found.entries] == [600000, 600000, 1000000, 1000000]
    assert (root / "policy0" / "scaling_max_freq").read_text() == "1500000"


def test_measuring_says_what_is_wrong(family: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.tflite").write_bytes(family.read_bytes()[:1000])
    for arguments, said in (
        ([tmp_path / "none.tflite"], "none.tflite is missing"),
        ([tmp_path / "cut.tflite"], "cut.tflite: not a readable TFLite file"),
        ([family, "--seconds=0"], "is no time to measure for"),
        ([family, "--seconds=0.01", "--affinity", "4095"], "family.tflite: ai_edge_litert: "),
        ([family, "--threads=0"], "'0' is not a list of numbers"),
        ([family, "--affinity", "x"], "neither `any` nor a list of processors"),
    ):
        done = run("measure", *arguments)
        assert done.returncode == 2 and said in done.stderr


def test_the_demonstration_counts_what_is_late(family: Path, tmp_path: Path) -> None:
    measured(family)
    trace = tmp_path / "out" / "trace"
    done = run(
        *("demo", family, "--deadline-us=1000", "--images=3", "--load=0,1,0", "--seconds=0.05", f"--trace={trace}")
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "frame: 3 images, deadline 1000 us" in done.stdout
    with open(f"{trace}.csv") as file:
        rows = list(csv.DictReader(file))
    assert {row["run"] for row in rows} == {"fixed", "managed"}
    for name in ("fixed", "managed"):
        own = [row for row in rows if row["run"] == name]
        assert [int(row["frame"]) for row in own] == list(range(len(own)))
        begun = [float(row["begin_us"]) for row in own]
        assert begun == sorted(begun) and list(dict.fromkeys(row["load"] for row in own)) == ["0", "1"]
    assert {row["level"] for row in rows if row["run"] == "fixed"} == {"full"}
    assert all(int(row["late"]) == (float(row["microseconds"]) > 1000) for row in rows)
    assert all(bool(row["ratio"]) == (row["run"] == "managed") for row in rows)
    late = [row for row in rows if row["run"] == "fixed" and row["late"] == "1"]
    count = sum(row["run"] == "fixed" for row in rows)
    assert done.stdout.split("       all")[1].split()[0] == f"{100 * len(late) / count:.1f}"
    assert b"time of a frame [ms]" in Path(f"{trace}.svg").read_bytes()


def test_co_runners_share_the_processor_and_end() -> None:
    processor = min(os.sched_getaffinity(0))
    before = _children()
    with levels_demo.co_runners(2, processor, 60):
        own = _children() - before
        assert len(own) == 2 and all(os.sched_getaffinity(pid) == {processor} for pid in own)
    assert _children() == before
    with pytest.raises(ZeroDivisionError), levels_demo.co_runners(1, processor, 60):
        raise ZeroDivisionError
    assert _children() == before


def _children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


def test_the_demonstration_says_what_is_wrong(family: Path, tmp_path: Path) -> None:
    profile = family.with_suffix(".profile.json")
    done = run("demo", family, "--deadline-us=100")
    assert done.returncode == 2 and f"run `python -m pipelines.levels measure {family}` first" in done.stderr
    measured(family)
    document = json.loads(profile.read_text())
    processor = min(os.sched_getaffinity(0))

    def changed(**values: Any) -> None:
        profile.write_text(json.dumps(document | values))

    for values, arguments, said in (
        ({}, ["--deadline-us=0"], "no call holds a deadline of 0 us"),
        ({}, ["--deadline-us=1", "--images=0"], "at least one image"),
        ({}, ["--deadline-us=1", "--minimum-accuracy=0.5"], "is not known: measure with --accuracy"),
        ({}, ["--deadline-us=1", "--processor=4095"], "cannot run on processor 4095"),
        ({}, ["--deadline-us=1", "--load=1,x"], "not a list of numbers of co-runners"),
        ({"model_sha256": "0"}, ["--deadline-us=1"], "it is of another file than"),
        ({"runtime": "tflite_runtime", "levels": []}, ["--deadline-us=1"], "measure` again"),
        (
            {
                "entries": [
                    entry | {"setting": {"threads": 2, "affinity": None, "khz": None}} for entry in document["entries"]
                ]
            },
            ["--deadline-us=1"],
            "no entry of one thread",
        ),
    ):
        changed(**values)
        done = run("demo", family, *arguments)
        assert done.returncode == 2 and said in done.stderr
    assert os.sched_getaffinity(0) >= {processor}
