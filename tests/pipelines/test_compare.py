"""Folders in, files and words out; what cannot be compared ends in one line and exit code 2."""

import csv
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest
import synthetic_study as synthetic
from compared import counted, logits

from pipelines import compare, files
from study.report.inputs import Evaluation
from study.report.snapshot import SNAPSHOT, keep
from study.tasks.classification import summary

ROOT = Path(__file__).parents[2]
CLASSES = ("cat", "dog")
LABELS = np.repeat([0, 1], 200)
NAMES = [f"mobilenet_{recipe}_s0_{scheme}" for recipe in ("dense", "magnitude60") for scheme in ("float32", "int8")]


def project(
    folder: Path,
    seed: int = 0,
    names: list[str] = NAMES,
    wrong: float = 0.2,
    predictions: bool = True,
    classes: tuple[str, ...] = CLASSES,
    **facts: Any,
) -> Path:
    """A finished run of `names`: reports and, unless told otherwise, predictions."""
    random = np.random.default_rng([7, seed])
    for name in names:
        named = np.where(random.random(len(LABELS)) < wrong, 1 - LABELS, LABELS)
        given = logits(LABELS, named, 2)
        document = counted({"x": (1, 1)}, file_bytes=1000, gzip_bytes=800, preset="quick", **facts) | summary(
            given, LABELS, classes
        )
        files.write_json(folder / f"reports/accuracy/{name}.json", document)
        if predictions:
            files.write_npz(folder / f"artifacts/predictions/{name}.npz", logits=given, labels=LABELS)
    files.write_text(folder / "reports/results.csv", "".join(f"{row}\n" for row in ["variant", *names]))
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    return commands.run(monkeypatch, compare, *arguments)


def rows(folder: Path) -> list[dict[str, str]]:
    with open(folder / "compare.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_a_paired_comparison_from_the_command_line(tmp_path: Path) -> None:
    a, b = project(tmp_path / "a"), project(tmp_path / "b", seed=1, wrong=0.5)
    done = commands.outcome(compare, a, b, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    flat = " ".join(done.stdout.split())
    assert flat.startswith(f"B ({b}) against A ({a}): Top-1 is significantly worse in B in 4 of 4 variants")
    assert "In these files, of 8 class results, 8 are significantly worse and 0 better" in flat
    assert flat.endswith(f"Written: {tmp_path}/out/compare.md and {tmp_path}/out/compare.csv")
    found = rows(tmp_path / "out")
    assert len(found) == 12 and {row["test"] for row in found} == {"paired"}
    assert (tmp_path / "out/compare.md").read_text().startswith("# B against A\n\n**Top-1 is significantly worse")


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    a = project(tmp_path / "a")
    command = [sys.executable, "-m", "pipelines.compare", str(a), str(a), "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        assert started.stdout and started.stderr
        started.stdout.close()
        assert (started.stderr.read(), started.wait(120)) == (b"", 0)
    assert len(rows(tmp_path / "out")) == 12


def test_reports_alone_are_compared_by_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = project(tmp_path / "a"), project(tmp_path / "b", seed=1)
    assert run(monkeypatch, a / "reports", b, "--out", tmp_path / "out") == 0
    assert {row["test"] for row in rows(tmp_path / "out")} == {"unpaired"}
    said = capsys.readouterr().out
    assert "No class changed significantly" in said and "Note: All variants stand on counts alone" in said


def test_a_folder_does_not_differ_from_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a = project(tmp_path / "a")
    for sides in ((a, a), (a / "reports", a / "reports")):
        assert run(monkeypatch, *sides, "--out", tmp_path / "out") == 0
        said = capsys.readouterr().out
        assert ": Nothing differs:" in said.splitlines()[0] + said.splitlines()[1]
        assert {(row["delta_pp"], row["p_value"]) for row in rows(tmp_path / "out")} == {("0.0000", "1")}


def test_the_committed_reports_against_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, ROOT / "reports", ROOT / "reports", "--out", tmp_path) == 0
    assert "Nothing differs" in capsys.readouterr().out
    with open(ROOT / "reports/results.csv", newline="") as file:
        listed = [row["variant"] for row in csv.DictReader(file) if row["top1"]]
    assert list(dict.fromkeys(row["pair"] for row in rows(tmp_path))) == listed


def test_another_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    b = project(tmp_path / "b", names=[name.replace("_s0_", "_s4_") for name in NAMES])
    assert run(monkeypatch, project(tmp_path / "a"), b, "--out", tmp_path / "out") == 0
    assert "Note: Seeds differ" in capsys.readouterr().out
    assert {row["variant_b"] for row in rows(tmp_path / "out")} == {name.replace("_s0_", "_s4_") for name in NAMES}


@pytest.mark.parametrize(("card", "test"), [("cd", "paired"), ("of another run", "unpaired")])
def test_the_same_test_images_beside_other_training_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, card: str, test: str
) -> None:
    a, b = project(tmp_path / "a"), project(tmp_path / "b", seed=1, data_fingerprint="cd")
    for folder, fingerprint in ((a, "ab" * 32), (b, card)):
        files.write_json(folder / "artifacts/data/card.json", {"fingerprint": fingerprint})
        files.write_npz(folder / "artifacts/data/test.npz", images=np.zeros((400, 2, 2, 3), np.uint8), labels=LABELS)
    assert run(monkeypatch, a, b, "--out", tmp_path / "out") == 0
    assert {row["test"] for row in rows(tmp_path / "out")} == {test}


def test_parameters_that_differ_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = project(tmp_path / "a"), project(tmp_path / "b", seed=1)
    files.write_text(a / "params.yaml", "preset: quick\ndata: {path: here}\ntraining: {epochs: 3}\n")
    files.write_text(b / "params.yaml", "preset: full\ntraining: {epochs: 5}\n")  # not those of its results
    files.write_text(b / "reports/provenance/params.yaml", "preset: quick\ndata: {path: x}\ntraining: {epochs: 9}\n")
    assert run(monkeypatch, a, b, "--out", tmp_path / "out") == 0
    assert "Note: Parameters differ: training.epochs 3 in A, 9 in B." in capsys.readouterr().out
    (b / "reports/provenance/params.yaml").unlink()
    assert run(monkeypatch, a, b, "--out", tmp_path / "out") == 0
    assert "Parameters" not in capsys.readouterr().out


def test_results_csv_decides_what_belongs_to_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = project(tmp_path / "a"), project(tmp_path / "b", seed=1)
    files.write_text(a / "reports/accuracy/left_the_plan_s0_int8.json", "not read")
    (b / f"reports/accuracy/{NAMES[1]}.json").unlink()
    assert run(monkeypatch, a, b, "--out", tmp_path / "out") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "A: 1 variant in accuracy/ without a row in results.csv, left out, such as left_the_plan_s0_int8." in said
    assert f"B: 1 variant in results.csv without a file in accuracy/, left out, such as {NAMES[1]}." in said
    assert {row["pair"] for row in rows(tmp_path / "out")} == set(NAMES) - {NAMES[1]}


def cut(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).write_bytes((folder / path).read_bytes()[:200])


def write(path: str, content: str) -> Callable[[Path], None]:
    return lambda folder: files.write_text(folder / path, content)


def predictions_of_another(folder: Path) -> None:
    files.write_npz(
        folder / f"artifacts/predictions/{NAMES[0]}.npz", logits=logits(LABELS, 1 - LABELS, 2), labels=LABELS
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut(f"reports/accuracy/{NAMES[0]}.json"), f"reports/accuracy/{NAMES[0]}.json is not readable as JSON"),
        (write(f"reports/accuracy/{NAMES[0]}.json", "{}"), f"reports/accuracy/{NAMES[0]}.json: it holds no per_class"),
        (cut(f"artifacts/predictions/{NAMES[2]}.npz"), f"artifacts/predictions/{NAMES[2]}.npz is truncated"),
        (predictions_of_another, f"{NAMES[0]}.json: its stored predictions and its counts do not belong together"),
        (write("reports/results.csv", "name\nx\n"), "reports/results.csv names no variant"),
        (lambda folder: (folder / "reports/results.csv").write_bytes(b"variant\n\xff\n"), "not readable as CSV"),
        (write("params.yaml", "a: ["), "params.yaml is not valid YAML"),
    ],
)
def test_damaged_files_are_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    said: str,
) -> None:
    a, b = project(tmp_path / "a"), project(tmp_path / "b", seed=1)
    damage(b)
    refused(capsys, run(monkeypatch, a, b, "--out", tmp_path / "out"), said)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"classes": ("cat", "fox")}, "other classes (1 only in A, such as 'dog'; 1 only in B, such as 'fox')"),
        ({"names": ["efficientnet_b0_dense_s0_int8"]}, "the two sides share no variant"),
        ({"names": [name.replace("_s0_", f"_s{seed}_") for name in NAMES for seed in (1, 2)]}, "none is shared"),
    ],
)
def test_what_is_not_comparable_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made: dict[str, Any], said: str
) -> None:
    a, b = project(tmp_path / "a"), project(tmp_path / "b", **made)
    refused(capsys, run(monkeypatch, a, b, "--out", tmp_path / "out"), said)
    assert not (tmp_path / "out").exists()


def test_mixed_data_sets_and_missing_folders_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a = project(tmp_path / "a")
    project(tmp_path / "mixed", names=NAMES[:1], data_fingerprint="cd" * 32)
    project(tmp_path / "mixed", names=NAMES[1:])
    (tmp_path / "mixed/reports/results.csv").unlink()
    (tmp_path / "empty").mkdir()
    for folder, said in (
        ("mixed", "were evaluated on different data sets"),
        ("none", "none is no folder"),
        ("empty", "empty holds no results"),
        (f"a/reports/accuracy/{NAMES[0]}.json", "is no folder"),
    ):
        refused(capsys, run(monkeypatch, a, tmp_path / folder, "--out", tmp_path / "out"), said)
        refused(capsys, run(monkeypatch, tmp_path / folder, a, "--out", tmp_path / "out"), said)


def refused(capsys: pytest.CaptureFixture[str], code: int, said: str) -> None:
    out, errors = capsys.readouterr()
    assert (code, out, len(errors.splitlines())) == (2, "", 1)
    assert errors.startswith("error: ") and said in errors


def test_answers_that_a_report_keeps_make_paired_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = synthetic.study(["mobilenet_v2"], images=30)
    for name, lost in (("a", 0), ("b", 40)):
        changed = {}
        for result in inputs.results:
            given = synthetic.answered(result)
            scores = given.logits.copy()
            scores[:lost] = -scores[:lost]
            document = synthetic.document(result) | summary(scores, given.labels, inputs.classes)
            document["facts"] = [{**synthetic.facts(result), "sha256": f"{name}{result.name}"}]
            answers = synthetic.answers(scores, given.labels)
            changed[result.name] = {"evaluation": Evaluation(document), "predictions": answers}
            files.write_json(tmp_path / name / "accuracy" / f"{result.name}.json", document)
        part = replace(synthetic.changed(inputs, changed), latency=())
        files.write_bytes(tmp_path / name / SNAPSHOT, keep(part))
    assert run(monkeypatch, tmp_path / "a", tmp_path / "b", "--out", tmp_path / "out") == 0
    assert {row["test"] for row in rows(tmp_path / "out")} == {"paired"}
    stranger = next((tmp_path / "b/accuracy").glob("*_dense_s0_float32.json"))
    document = files.read_json(stranger)
    files.write_json(stranger, {**document, "facts": [{**document["facts"][0], "sha256": "another file"}]})
    assert run(monkeypatch, tmp_path / "a", tmp_path / "b", "--out", tmp_path / "out") == 0
    unpaired = {row["variant_b"] for row in rows(tmp_path / "out") if row["test"] == "unpaired"}
    assert unpaired == {stranger.stem}
