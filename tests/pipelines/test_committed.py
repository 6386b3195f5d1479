"""Committed reports on a clone: what their parts, their run and the index of their models vouch for."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic_study as synthetic
import yaml

from pipelines import files, join, verify
from pipelines.digests import digest
from study.codecs import FORMATS
from study.errors import StudyError
from study.plan.cells import variant_cell
from study.report.inputs import Inputs
from study.report.shipped import COLUMNS
from study.report.snapshot import SNAPSHOT, keep

ARCHS = ("mobilenet", "mobilenet_v2")
PARAMS = {"preset": "quick", "training": {"epochs": 6}, "data": {"path": "data/x.zip"}}
ACCURACY = "accuracy/mobilenet_dense_s0_int8.json"


def put_record(folder: Path, inputs: Inputs, outs: dict[str, Path]) -> None:
    """Params, plan and lock of a run with these outputs (path -> file that has its content now)."""
    files.write_text(folder / "params.yaml", yaml.safe_dump(PARAMS))
    cells = {result.name: variant_cell(result.variant) for result in inputs.results}
    files.write_text(folder / "plan.yaml", yaml.safe_dump({"exported": cells, "trained": None}))
    stale = {"outs": [{"path": "reports/accuracy/left.json", "md5": "0"}], "params": {"params.yaml": {"training": 1}}}
    stages = {
        "data": {"params": {"params.yaml": {"data.path": "data/x.zip"}}},
        "report": {
            "deps": [{"path": "plan.yaml", "md5": digest(folder / "plan.yaml")}],
            "params": {"params.yaml": {"preset": "quick"}},
            "outs": [{"path": path, "md5": digest(file)} for path, file in outs.items()],
        },
        "evaluate@left_the_plan": stale,
    }
    files.write_text(folder / "dvc.lock", yaml.safe_dump({"stages": stages}))


def study(arch: str) -> Inputs:
    return synthetic.study([arch], images=5)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """reports/ that are joined from two parts, as in a repository that has just been cloned."""
    reports = tmp_path_factory.mktemp("committed") / "reports"
    for number, arch in enumerate(ARCHS, start=1):
        part, inputs = reports / f"parts/{number}-{arch}", study(arch)
        files.write_bytes(part / SNAPSHOT, keep(inputs))
        put_record(part, inputs, {f"reports/{SNAPSHOT}": part / SNAPSHOT})
    for name, content in join.joined(sorted((reports / "parts").iterdir()), None).items():
        files.write_bytes(reports / name, content)
    return reports.parent


@pytest.fixture()
def clone(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "clone"))


def content(clone: Path) -> dict[str, bytes]:
    """Of the report, by name: without images all of it is what joining the parts gives."""
    reports = clone / "reports"
    return {
        str(path.relative_to(reports)): path.read_bytes()
        for path in reports.rglob("*")
        if path.is_file() and reports / "parts" not in path.parents
    }


def run(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr("sys.argv", ["verify", "--root", str(root)])
    verify.main()


def refusal(monkeypatch: pytest.MonkeyPatch, root: Path) -> str:
    with pytest.raises(StudyError) as caught:
        run(monkeypatch, root)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def joined_once(monkeypatch: pytest.MonkeyPatch, made: dict[bool, Any]) -> None:
    """What joining gives with (True) and without images: the same each time, and it takes seconds."""
    monkeypatch.setattr(join, "joined", lambda parts, images: made[images is not None])


def without_joining(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried there does not need the report, which takes seconds to make."""
    monkeypatch.setattr(join, "joined", lambda parts, images: {})
    monkeypatch.setattr("pipelines.committed.OWNED", {})


def test_a_clone_says_in_one_line_what_is_verified_and_what_cannot_be(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, clone)
    said = capsys.readouterr().out
    assert said.startswith("verify: nothing has run here, so weights, logits and latency samples cannot be verified")
    assert "of 2 parts as their runs left them" in said and "byte for byte as made from 2 parts" in said
    assert said.count("\n") == 1


def test_a_changed_and_a_left_file_are_no_longer_what_the_parts_give(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined_once(monkeypatch, {False: content(clone)})
    table = clone / "reports/results.csv"
    table.write_text(table.read_text().replace("0.", "1.", 1))
    (clone / "reports" / ACCURACY).unlink()
    (clone / "reports/figures/old.svg").write_text("<svg/>")
    said = refusal(monkeypatch, clone)
    assert said.startswith(f"3 files of {clone / 'reports'} are not what its parts give")
    assert "pipelines.join reports/parts/* --out reports" in said


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda part: (part / "plan.yaml").write_text("exported: {}\n"), "plan.yaml is not the plan"),
        (lambda part: (part / "plan.yaml").write_text(""), "plan.yaml is empty or damaged"),
        (
            lambda part: (part / "params.yaml").write_text("preset: full\ndata: {path: data/x.zip}\n"),
            "preset is not what",
        ),
        (lambda part: (part / "params.yaml").write_text("preset: quick\ndata: null\n"), "data.path is not what"),
        (lambda part: (part / "dvc.lock").unlink(), "dvc.lock is missing"),
        (lambda part: (part / "dvc.lock").write_text("stages: ["), "not valid YAML"),
        (lambda part: (part / SNAPSHOT).write_bytes(b"other"), f"{SNAPSHOT} is not what the dvc.lock beside it names"),
        (lambda part: (part / SNAPSHOT).unlink(), f"{SNAPSHOT} is missing"),
    ],
)
def test_a_part_must_belong_to_its_run(clone: Path, monkeypatch: pytest.MonkeyPatch, spoil: Any, said: str) -> None:
    without_joining(monkeypatch)
    spoil(clone / "reports/parts/2-mobilenet_v2")
    told = refusal(monkeypatch, clone)
    assert said in told and "2-mobilenet_v2" in told and "1-mobilenet/" not in told


def test_a_page_with_test_images_is_open_where_they_are_not(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    images = clone / "artifacts/data/test.npz"
    files.write_npz(images, images=np.asarray(synthetic.pictures(50)))
    bare = content(clone)
    figures = {name.removeprefix("figures/"): made for name, made in bare.items() if name.startswith("figures/")}
    with monkeypatch.context() as patched:
        patched.setattr("study.report.build.render", lambda *_: figures)  # the same ones, which take seconds
        pictured = join.joined(sorted((clone / "reports/parts").iterdir()), images)
    joined_once(monkeypatch, {True: pictured, False: bare})
    for name, made in pictured.items():
        files.write_bytes(clone / "reports" / name, made)
    assert b'<figure class="sheet">' in (clone / "reports/index.html").read_bytes()
    run(monkeypatch, clone)
    assert "show test images" not in capsys.readouterr().out
    images.unlink()
    run(monkeypatch, clone)
    assert "index.html and report.md show test images that are not here" in capsys.readouterr().out


def test_a_report_of_one_run_is_held_against_its_lock(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = clone / "reports"
    shutil.rmtree(reports / "parts")
    named = ("results.csv", "index.html", "figures", ACCURACY)
    put_record(reports / "provenance", study("mobilenet"), {f"reports/{name}": reports / name for name in named})
    run(monkeypatch, clone)
    said = capsys.readouterr().out
    assert f"{reports}: 4 outputs as " in said and "not as the run" not in said
    (reports / "index.html").write_text("made again")
    (reports / "figures/training.svg").unlink()
    run(monkeypatch, clone)
    said = capsys.readouterr().out
    assert "2 outputs" in said and "so not verified: figures, index.html" in said
    (reports / ACCURACY).write_text("{}")
    assert f"{reports / ACCURACY} is not what" in refusal(monkeypatch, clone)


def ship(reports: Path, content: bytes, sha256: str, codec: str = "none") -> Path:
    """A handed-on file of the .tflite file `sha256` with its index, and the table that it was chosen by."""
    path = reports / "models/a.tflite"
    files.write_bytes(path, content)
    row = {"arch": "a", "variant": "a", "file": "a.tflite", "codec": codec, "model_sha256": sha256}
    row["sha256"] = hashlib.sha256(content).hexdigest()
    files.write_text(
        path.with_name("index.csv"), ",".join(COLUMNS) + "\n" + ",".join(row.get(key, "") for key in COLUMNS) + "\n"
    )
    files.write_text(reports / "results.csv", f"variant,sha256\na,{sha256}\n")
    return path


def test_the_files_of_an_index_are_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ship(tmp_path / "reports", b"model", hashlib.sha256(b"model").hexdigest())
    run(monkeypatch, tmp_path)
    assert f"{path.parent}: 1 file with the hashes of the index, and so is" in capsys.readouterr().out
    (tmp_path / "reports/results.csv").write_text("variant,sha256\na,0\n")
    assert "is not the file that results.csv evaluates" in refusal(monkeypatch, tmp_path)
    path.write_bytes(b"other")
    assert f"{path} is not the file that index.csv beside it names" in refusal(monkeypatch, tmp_path)
    path.unlink()
    assert f"{path} is missing" in refusal(monkeypatch, tmp_path)


@pytest.mark.parametrize("codec", list(FORMATS))
def test_a_form_must_decode_to_the_file_that_the_index_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    encode, model = FORMATS[codec].encode, hashlib.sha256(b"model").hexdigest()
    path = ship(tmp_path / "reports", encode(b"model"), model, codec)
    run(monkeypatch, tmp_path)
    ship(tmp_path / "reports", encode(b"other"), model, codec)
    assert f"{path} holds another .tflite file than index.csv says" in refusal(monkeypatch, tmp_path)
    ship(tmp_path / "reports", encode(b"model")[:-1], model, codec)
    assert f"{path}: not a complete " in refusal(monkeypatch, tmp_path)
    ship(tmp_path / "reports", encode(b"model"), model, "zip")
    assert f"{path}: 'zip' is no codec: choose from none, gzip" in refusal(monkeypatch, tmp_path)
