"""Finished reports in, one report out."""

from pathlib import Path

import commands
import pytest
import synthetic_study as synthetic

from pipelines import files, join
from study.errors import StudyError
from study.report.build import build
from study.report.reading import table_of
from study.report.snapshot import SNAPSHOT, keep


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    return commands.run(monkeypatch, join, *arguments)


def test_a_report_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = synthetic.study(["mobilenet_v2"], images=5)
    report = build(inputs)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / SNAPSHOT).write_bytes(report[SNAPSHOT])
    assert run(monkeypatch, tmp_path / "old", "--out", tmp_path / "new") == 0
    assert capsys.readouterr().out == f"report: {tmp_path / 'new/index.html'}\n"
    made = {
        str(path.relative_to(tmp_path / "new")): path.read_bytes()
        for path in (tmp_path / "new").rglob("*")
        if path.is_file()
    }
    for result in inputs.results:
        files.write_json(tmp_path / "evaluated" / f"accuracy/{result.name}.json", synthetic.document(result))
    evaluations = {f"accuracy/{path.name}": path.read_bytes() for path in (tmp_path / "evaluated/accuracy").iterdir()}
    assert len(evaluations) == len(inputs.results) == 6
    assert made == report | evaluations


def test_the_file_at_fault_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path / "nowhere", "--out", tmp_path / "new") == 2
    assert "nowhere is missing" in capsys.readouterr().err
    (tmp_path / SNAPSHOT).write_bytes(b"nothing")
    assert run(monkeypatch, tmp_path, "--out", tmp_path / "new") == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {tmp_path / SNAPSHOT}: it is damaged") and said.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_part_that_trained_an_architecture_anew_replaces_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("study.report.build.render", lambda *_: {})  # tables alone are read: figures take seconds
    first = synthetic.study(["mobilenet", "mobilenet_v2"], images=4)
    again = synthetic.study(["mobilenet"], {}, images=4)
    for name, part in (("1", first), ("2", again)):
        files.write_bytes(tmp_path / name / SNAPSHOT, keep(part))
    with pytest.raises(StudyError, match=r"replaces\.yaml is no list of architectures"):
        files.write_text(tmp_path / "2/replaces.yaml", "mobilenet: yes\n")
        join.joined([tmp_path / "1", tmp_path / "2"], None)
    files.write_text(tmp_path / "2/replaces.yaml", "- mobilenet\n")
    made = join.joined([tmp_path / "1", tmp_path / "2"], None)
    rows = table_of(made["results.csv"].decode())
    assert sorted(rows["variant"]) == sorted(
        [one.name for one in again.results]
        + [one.name for one in first.results if one.variant.architecture.name == "mobilenet_v2"]
    )
    trained = set(table_of(made["training.csv"].decode())["model"])
    assert {name for name in trained if name.startswith("mobilenet_")} == trained
    assert {name for name in trained if not name.startswith("mobilenet_v2")} == {"mobilenet_dense_s0"}
    timed = table_of(made["latency.csv"].decode())
    assert set(timed["variant"]) == set(rows["variant"])
