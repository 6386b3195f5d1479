"""The smallest files of a study whose files are real bytes: which are handed on, in what form, and what is refused."""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest

from pipelines import files, ship
from study.codecs import FORMATS
from study.report import shipped
from study.report.tables import Row, csv_text, frame
from study.tflite.signature import SERVING_DEFAULT

CODECS = ("gzip", "xz")
COLUMNS = (
    "variant arch method amount level quantization baseline top1 delta_pp file_bytes gzip_bytes shipped_bytes "
    "shipped_codec sha256 preset dataset collapsed"
).split()
SIZES = {"dense_s0_float32": 60_000, "automatic50_s0_int8": 10_000}
PRUNED, NARROW, INT8 = "mobilenet_magnitude60_s0_int8", "mobilenet_automatic50_s0_int8", "mobilenet_v2_dense_s0_int8"


def content(variant: str) -> bytes:
    """Noise, which no codec shortens, 20,000 bytes of it; six tenths are zeros where so much is pruned."""
    size = next((size for name, size in SIZES.items() if variant.endswith(name)), 20_000)
    values = np.random.default_rng(list(variant.encode())).integers(0, 256, size, dtype=np.uint8)
    values[: size * 6 // 10 if "magnitude60" in variant else 0] = 0
    return values.tobytes()


def row(arch: str, recipe: str, scheme: str, delta: float | None) -> Row:
    variant = f"{arch}_{recipe}_s0_{scheme}"
    data = content(variant)
    forms = {name: len(FORMATS[name].encode(data)) for name in CODECS}
    codec = min(forms, key=lambda name: forms[name])
    return {
        "variant": variant,
        "arch": arch,
        "method": recipe.rstrip("0123456789"),
        "amount": float(recipe.lstrip("abcdefghijklmnopqrstuvwxyz") or 0),
        "level": SERVING_DEFAULT,
        "quantization": scheme,
        "baseline": f"{arch}_dense_s0_float32",
        "top1": 0.7,
        "delta_pp": delta,
        "file_bytes": len(data),
        "gzip_bytes": forms["gzip"],
        "shipped_bytes": forms[codec],
        "shipped_codec": codec,
        "sha256": hashlib.sha256(data).hexdigest(),
        "preset": "quick",
        "dataset": "CIFAR-10",
    }


def study(v2: float = -0.1) -> list[Row]:
    """Of mobilenet one variant is the smallest to transfer and another one on flash, of mobilenet_v2 one is both."""
    return [
        row("mobilenet", "dense", "float32", None),
        row("mobilenet", "dense", "int8", -0.1),
        row("mobilenet", "magnitude60", "int8", -1.0),
        row("mobilenet", "automatic50", "int8", 0.2),
        row("mobilenet_v2", "dense", "float32", None),
        row("mobilenet_v2", "dense", "int8", v2),
        row("mobilenet_v2", "magnitude60", "int8", -1.001),
    ]


def write(project: Path, rows: Sequence[Row]) -> None:
    files.write_text(project / "reports/results.csv", csv_text(frame(rows, COLUMNS)))


@pytest.fixture()
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, study())
    for one in study():
        variant, data = str(one["variant"]), content(str(one["variant"]))
        files.write_bytes(tmp_path / f"artifacts/tflite/{variant}.tflite", data)
        form = FORMATS[str(one["shipped_codec"])]
        files.write_bytes(tmp_path / f"artifacts/encoded/{variant}.tflite.{form.suffix}", form.encode(data))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def index(project: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (project / "reports/models/index.csv").open(newline="") as file:
        return {(row["arch"], row["smallest"]): row for row in csv.DictReader(file)}


def folder(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project / "reports/models").iterdir()}


def limited(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    choose = shipped.shipped
    monkeypatch.setattr(ship, "shipped", lambda rows: choose(rows, most))


def test_the_smallest_to_transfer_goes_in_that_form_and_the_smallest_on_flash_as_it_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.run(monkeypatch, ship) == 0
    rows, there = index(project), folder(project)
    assert {key: (row["variant"], row["codec"] == "none") for key, row in rows.items()} == {
        ("mobilenet", "transfer"): (PRUNED, False),
        ("mobilenet", "flash"): (NARROW, True),
        ("mobilenet_v2", "transfer"): (INT8, False),
        ("mobilenet_v2", "flash"): (INT8, True),
    }
    assert set(there) == {"index.csv", *(row["file"] for row in rows.values())}
    for (_, smallest), row in rows.items():
        data, codec = there[row["file"]], row["codec"]
        model = data if smallest == "flash" else FORMATS[codec].decode(data)
        assert model == content(row["variant"]) and len(model) == int(row["file_bytes"])
        assert row["model_sha256"] == hashlib.sha256(model).hexdigest()
        assert (row["sha256"], int(row["bytes"])) == (hashlib.sha256(data).hexdigest(), len(data))
        assert smallest == "flash" or (codec, len(data)) == (row["shipped_codec"], int(row["shipped_bytes"]))
        assert (row["preset"], row["dataset"]) == ("quick", "CIFAR-10")
    assert capsys.readouterr().out == "ship: 4 files in reports/models\n"


@pytest.mark.parametrize(("most", "whole"), [(20_001, True), (20_000, False)])
def test_what_is_too_large_is_a_line_and_of_an_earlier_run_nothing_stays(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], most: int, whole: bool
) -> None:
    assert commands.run(monkeypatch, ship) == 0
    capsys.readouterr()
    limited(monkeypatch, most)
    assert commands.run(monkeypatch, ship) == 0
    left, *_ = index(project)
    assert left == ("mobilenet", "transfer") and ("mobilenet", "flash") in index(project)
    assert (("mobilenet_v2", "flash") in index(project)) == whole
    assert set(folder(project)) == {"index.csv", *(row["file"] for row in index(project).values())}
    line = f"ship: mobilenet_v2: {INT8}.tflite has 0.020\u00a0MB, 0.020\u00a0MB or more\n"
    assert (line in capsys.readouterr().out) != whole


def test_an_architecture_without_a_variant_within_a_point_is_a_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, study(v2=-1.001))
    assert commands.run(monkeypatch, ship) == 0
    assert "ship: mobilenet_v2: no compressed variant within 1 point" in capsys.readouterr().out
    assert {arch for arch, _ in index(project)} == {"mobilenet"}


def test_files_of_several_parts_are_found_by_their_hash(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{INT8}.tflite"
    files.write_bytes(project / "part-2" / name, content(INT8))
    files.write_bytes(project / "artifacts/tflite" / name, b"that of another training")
    assert commands.run(monkeypatch, ship, "--models", "artifacts/tflite", "artifacts/encoded", "part-2") == 0
    assert folder(project)[name] == content(INT8)


def test_files_that_were_handed_on_are_handed_on_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commands.run(monkeypatch, ship) == 0
    before = folder(project)
    assert commands.run(monkeypatch, ship, "--models", "reports/models") == 0
    assert folder(project) == before
    for forms in ("artifacts/tflite", "artifacts/encoded"):
        assert commands.run(monkeypatch, ship, "--models", forms, "--out", "made") == 0
        assert {path.name: path.read_bytes() for path in (project / "made").iterdir()} == before, forms


def test_a_form_of_another_codec_that_has_the_same_name_is_not_taken(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = FORMATS["zopfli"].encode(content(PRUNED))
    rows = [
        one | ({"shipped_codec": "zopfli", "shipped_bytes": len(wanted)} if one["variant"] == PRUNED else {})
        for one in study()
    ]
    write(project, rows)
    files.write_bytes(project / f"artifacts/encoded/{PRUNED}.tflite.gz", FORMATS["gzip"].encode(content(PRUNED)))
    assert len(FORMATS["gzip"].encode(content(PRUNED))) != len(wanted)
    assert commands.run(monkeypatch, ship) == 0
    assert folder(project)[f"{PRUNED}.tflite.gz"] == wanted


def test_a_form_that_comes_out_in_another_size_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        one | ({"shipped_bytes": int(str(one["shipped_bytes"])) - 1} if one["variant"] == PRUNED else {})
        for one in study()
    ]
    write(project, rows)
    assert commands.run(monkeypatch, ship) == 2
    error = capsys.readouterr().err
    assert f"{PRUNED}.tflite." in error and "constraints.txt" in error and error.count("\n") == 1
    assert not (project / "reports/models").exists()


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
    spoil(project / f"artifacts/tflite/{NARROW}.tflite")
    for form in (project / "artifacts/encoded").glob(f"{NARROW}.*"):
        form.unlink()
    assert commands.run(monkeypatch, ship) == 2
    error = capsys.readouterr().err
    assert said in error and NARROW in error and error.count("\n") == 1
    assert not (project / "reports/models").exists()
    assert commands.run(monkeypatch, ship, "--skip-missing") == 0
    out = capsys.readouterr().out
    assert said in out and out.endswith("ship: 3 files in reports/models\n")
    assert ("mobilenet", "flash") not in index(project) and len(folder(project)) == 4


def test_a_damaged_form_is_named_even_where_what_is_missing_may_be_left_out(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (form,) = (project / "artifacts/encoded").glob(f"{PRUNED}.*")
    form.write_bytes(form.read_bytes()[:-9])
    assert commands.run(monkeypatch, ship, "--skip-missing") == 2
    assert capsys.readouterr().err.startswith(f"error: artifacts/encoded/{form.name}: not a complete")


def test_a_damaged_table_is_named_and_a_name_is_no_path(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = project / "reports/results.csv"
    text = table.read_text()
    table.write_text(text.replace(INT8, f"../{INT8}"))
    assert commands.run(monkeypatch, ship) == 2
    assert "is no name of a variant" in capsys.readouterr().err
    table.write_bytes(text.encode() + b"\xff")
    assert commands.run(monkeypatch, ship) == 2
    assert capsys.readouterr().err.startswith("error: reports/results.csv: it is not UTF-8 text")
