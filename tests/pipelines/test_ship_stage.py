"""The smallest files of a study whose files are real bytes: which are handed on, in what form, and what is refused."""

import csv
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest
import synthetic_study as synthetic

from pipelines import files, ship
from study.codecs import FORMATS
from study.plan.variant import Variant
from study.report import shipped
from study.report.build import tables_of
from study.report.inputs import Evaluation, Inputs
from study.report.tables import csv_text

SMALL, LARGE = 20_000, 60_000  # bytes of an int8 and a float32 file
CODECS = ("gzip", "xz")


def content(variant: Variant) -> bytes:
    """A file of which a codec leaves the less the more is pruned."""
    random = np.random.default_rng(list(variant.name.encode()))
    values = random.integers(0, 256, SMALL if variant.quantization.name == "int8" else LARGE, dtype=np.uint8)
    values[: len(values) * variant.recipe.amount // 100] = 0
    return values.tobytes()


def with_answers(whole: Inputs, wrong: Callable[[Variant], bool]) -> Inputs:
    """The study with the base's own answers in every variant, another class each where `wrong` says so;
    hashes and sizes are those of the bytes.
    """
    changed, encoded = {}, {}
    for result in whole.results:
        variant, base = result.variant, synthetic.answered(whole.by_name[result.level.baseline.name])
        logits = np.roll(base.logits, 1, axis=1) if wrong(variant) else base.logits
        data = content(variant)
        forms, sha256 = {name: len(FORMATS[name].encode(data)) for name in CODECS}, hashlib.sha256(data).hexdigest()
        document = synthetic.evaluation(variant, logits, base.labels, whole.classes, whole.card["fingerprint"])
        document["facts"][0]["sha256"] = sha256
        document |= {"file_bytes": len(data), "gzip_bytes": forms["gzip"]}
        answers = synthetic.answers(logits, base.labels)
        changed[variant.name] = {"evaluation": Evaluation(document), "predictions": answers}
        encoded[variant.name] = {
            "variant": variant.name,
            "sha256": sha256,
            "smallest": min(forms, key=lambda one: forms[one]),
            "codecs": {name: {"bytes": size, "decode_seconds": 0.1} for name, size in forms.items()},
        }
    return replace(synthetic.changed(whole, changed), encoded=encoded)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """Pruning costs mobilenet_v2 too much, and mobilenet nothing."""
    return with_answers(
        synthetic.study(images=20), lambda one: one.architecture.name == "mobilenet_v2" and one.recipe.amount > 0
    )


@pytest.fixture()
def project(inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files.write_text(tmp_path / "reports/results.csv", csv_text(tables_of(inputs)["results"]))
    for variant, result in inputs.by_name.items():
        data, codec = content(result.variant), inputs.encoded[variant]["smallest"]
        files.write_bytes(tmp_path / f"artifacts/tflite/{variant}.tflite", data)
        files.write_bytes(tmp_path / f"artifacts/tflite/{variant}.tflite.gz", FORMATS["gzip"].encode(data))
        files.write_bytes(
            tmp_path / f"artifacts/encoded/{variant}.tflite.{FORMATS[codec].suffix}", FORMATS[codec].encode(data)
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def index(project: Path) -> dict[str, dict[str, str]]:
    with (project / "reports/models/index.csv").open(newline="") as file:
        return {row["arch"]: row for row in csv.DictReader(file)}


def limited(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    choose = shipped.shipped
    monkeypatch.setattr(ship, "shipped", lambda rows: choose(rows, most))


def test_the_smallest_within_a_point_of_each_architecture_is_copied(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.run(monkeypatch, ship) == 0
    rows = index(project)
    assert {arch: row["variant"] for arch, row in rows.items()} == {
        "mobilenet": "mobilenet_magnitude60_s0_int8",
        "mobilenet_v2": "mobilenet_v2_dense_s0_int8",
    }
    for row in rows.values():
        copied = (project / "reports/models" / row["file"]).read_bytes()
        assert copied == (project / "artifacts/tflite" / f"{row['variant']}.tflite").read_bytes()
        assert (row["codec"], int(row["bytes"]), int(row["file_bytes"])) == ("none", SMALL, SMALL)
        assert row["sha256"] == row["model_sha256"] == hashlib.sha256(copied).hexdigest()
        assert float(row["delta_pp"]) >= -1
        assert (row["preset"], row["dataset"]) == ("quick", "CIFAR-10")
    assert capsys.readouterr().out == "ship: 2 files in reports/models\n"
    assert len(list((project / "reports/models").iterdir())) == 3


def test_a_file_that_is_too_large_goes_compressed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, SMALL - 1)
    assert commands.run(monkeypatch, ship) == 0
    row = index(project)["mobilenet"]
    copied = (project / "reports/models" / row["file"]).read_bytes()
    assert row["codec"] == row["shipped_codec"] != "none"
    assert row["file"] == f"mobilenet_magnitude60_s0_int8.tflite.{FORMATS[row['codec']].suffix}"
    assert (int(row["bytes"]), row["sha256"]) == (len(copied), hashlib.sha256(copied).hexdigest())
    assert int(row["bytes"]) == int(row["shipped_bytes"]) < int(row["file_bytes"])
    assert hashlib.sha256(FORMATS[row["codec"]].decode(copied)).hexdigest() == row["model_sha256"]


def test_what_is_too_large_in_every_form_is_a_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.run(monkeypatch, ship) == 0
    capsys.readouterr()
    limited(monkeypatch, SMALL - 1)  # the dense network of mobilenet_v2 is noise, which no codec shortens
    assert commands.run(monkeypatch, ship) == 0
    assert list(index(project)) == ["mobilenet"]
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("ship: mobilenet_v2: mobilenet_v2_dense_s0_int8 has 0.020\u00a0MB in its smallest form")
    assert said[1:] == ["ship: 1 file in reports/models"]
    left = {path.name for path in (project / "reports/models").iterdir()}
    assert left == {"index.csv", index(project)["mobilenet"]["file"]}, "what an earlier run copied stays behind"


def test_an_architecture_without_a_variant_within_a_point_is_a_line(
    inputs: Inputs, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    poor = with_answers(inputs, lambda one: one.architecture.name == "mobilenet_v2" and one != one.baseline)
    files.write_text(project / "reports/results.csv", csv_text(tables_of(poor)["results"]))
    assert commands.run(monkeypatch, ship) == 0
    assert "ship: mobilenet_v2: no compressed variant within 1 point" in capsys.readouterr().out
    assert list(index(project)) == ["mobilenet"]


def test_files_of_several_parts_are_found_by_their_hash(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "mobilenet_v2_dense_s0_int8.tflite"
    files.write_bytes(project / "part-2" / name, (project / "artifacts/tflite" / name).read_bytes())
    files.write_bytes(project / "artifacts/tflite" / name, b"that of another training")
    assert commands.run(monkeypatch, ship, "--models", "artifacts/tflite", "part-2") == 0
    assert len(index(project)) == 2


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b"other"), "not the file that the report evaluated"),
        (lambda path: path.unlink(), "is in none of artifacts/tflite, artifacts/encoded"),
    ],
)
def test_another_file_or_none_is_refused_before_anything_is_written(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spoil: Any, said: str
) -> None:
    spoil(project / "artifacts/tflite/mobilenet_v2_dense_s0_int8.tflite")
    assert commands.run(monkeypatch, ship) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not (project / "reports/models").exists()


def test_a_damaged_table_is_named_and_a_name_is_no_path(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = project / "reports/results.csv"
    text = table.read_text()
    table.write_text(text.replace("mobilenet_v2_dense_s0_int8", "../mobilenet_v2_dense_s0_int8"))
    assert commands.run(monkeypatch, ship) == 2
    assert "is no name of a variant" in capsys.readouterr().err
    table.write_bytes(text.encode() + b"\xff")
    assert commands.run(monkeypatch, ship) == 2
    assert capsys.readouterr().err.startswith("error: reports/results.csv: it is not UTF-8 text")
