import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest
from PIL import Image

from pipelines import evaluate as stage
from pipelines import files, predict
from pipelines.evaluate import _suffixes
from study.codecs import CODECS
from study.errors import StudyError
from study.tflite.packing import packed

ROOT = Path(__file__).parents[2]
CLASSES = ["ant", "bee", "cow", "dog"]
PARAMS = "preset: quick\nevaluation: {runtime: ai_edge_litert, threads: 1, batch_size: 64}\n"


@pytest.fixture()
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    files.write_npz(
        tmp_path / "test.npz", images=rng.integers(0, 256, (70, 16, 16, 3)).astype(np.uint8), labels=np.arange(70) % 4
    )
    return tmp_path / "test.npz"


def evaluate(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return commands.outcome(stage, *arguments)


def foreign(tflite: Path, data: Path, out: Path, *more: str) -> dict[str, Any]:
    done = evaluate("--tflite", tflite, "--data", data, "--out", out, *more)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def refused(tflite: Path, data: Path, *more: str) -> str:
    done = evaluate("--tflite", tflite, "--data", data, "--out", data.with_name("never.json"), *more)
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines), done.stdout) == (2, 1, ""), done.stderr
    assert not data.with_name("never.json").exists()
    return lines[0]


def test_stage_writes_the_contract(tiny_folder: Path, data: Path, tmp_path: Path) -> None:
    files.write_json(tmp_path / "data card.json", {"name": "Animals", "classes": CLASSES, "fingerprint": "f" * 64})
    (tmp_path / "params.yaml").write_text(PARAMS)
    arguments: list[str | Path] = [
        "--tflite",
        tiny_folder / "int8.tflite",
        "--variant",
        "v",
        "--data",
        data,
        "--card",
        tmp_path / "data card.json",
        "--params",
        tmp_path / "params.yaml",
        "--predictions",
        tmp_path / "p" / "v.npz",
        "--out",
        tmp_path / "v.json",
    ]
    assert evaluate(*arguments).stderr == ""
    first = [(tmp_path / name).read_bytes() for name in ("v.json", "p/v.npz")]
    found = json.loads(first[0])
    assert {
        "top1",
        "top3",
        "nll",
        "brier",
        "ece",
        "file_bytes",
        "gzip_bytes",
        "arena_bytes",
        "macs",
        "weight_bytes",
        "parameters",
        "sparsity_effective",
        "per_class",
        "confusion",
        "facts",
    } <= found.keys()
    tflite = (tiny_folder / "int8.tflite").read_bytes()
    assert (found["gzip_bytes"], found["file_bytes"]) == (len(CODECS["gzip"][0](tflite)), len(tflite))
    assert [row["class"] for row in found["per_class"]] == CLASSES and sum(row["n"] for row in found["per_class"]) == 70
    assert np.trace(found["confusion"]) == round(found["top1"] * 70)
    (facts,) = found["facts"]
    assert {
        "variant": "v",
        "preset": "quick",
        "data_fingerprint": "f" * 64,
        "dataset": "Animals",
        "threads": 1,
        "runtime": "ai_edge_litert",
        "resolver": "xnnpack",
        "batch_size": 64,
    }.items() <= facts.items()
    assert facts["sha256"] == hashlib.sha256((tiny_folder / "int8.tflite").read_bytes()).hexdigest()
    assert {
        "runtime_version",
        "min_runtime",
        "ops",
        "sparsity_by_op",
        "packages",
        "machine",
        "code_version",
    } <= facts.keys()
    stored = files.read_npz(tmp_path / "p" / "v.npz")
    assert {name: (array.dtype.str, array.shape) for name, array in stored.items()} == {
        "logits": ("<f4", (70, 4)),
        "labels": ("<i8", (70,)),
    }
    evaluate(*arguments)
    assert [(tmp_path / name).read_bytes() for name in ("v.json", "p/v.npz")] == first


def test_metrics_at_top_level_are_numbers_and_details_are_lists(tiny_folder: Path, data: Path, tmp_path: Path) -> None:
    found = foreign(tiny_folder / "float32.tflite", data, tmp_path / "o.json")
    assert all(isinstance(value, int | float | list) for value in found.values())


@pytest.mark.parametrize(
    "name, more",
    [
        ("float32", ()),
        ("int8_full", ("--runtime", "tflite_runtime")),
        ("softmax_uint8", ("--input-range=0,1",)),
        ("reshape", ("--batch-size", "8")),
    ],
)
def test_foreign_models(tiny_folder: Path, data: Path, tmp_path: Path, name: str, more: tuple[str, ...]) -> None:
    found = foreign(tiny_folder / f"{name}.tflite", data, tmp_path / "o.json", *more)
    assert [row["class"] for row in found["per_class"]] == ["0", "1", "2", "3"]
    assert found["facts"][0]["variant"] == name and 0 < found["nll"] < 20
    assert found["facts"][0]["batch_size"] == (1 if name == "reshape" else 64)


def test_a_softmax_inside_the_model_is_not_applied_twice(tiny_folder: Path, data: Path, tmp_path: Path) -> None:
    found = foreign(
        tiny_folder / "softmax_uint8.tflite",
        data,
        tmp_path / "o.json",
        "--input-range=0,1",
        "--predictions",
        str(tmp_path / "p.npz"),
    )
    scores = np.exp(files.read_npz(tmp_path / "p.npz")["logits"])
    assert np.allclose(scores.sum(1), 1, atol=0.02) and scores.max() > 0.5 and found["ece"] > 0


@pytest.mark.parametrize("zipped", [False, True])
def test_an_image_folder_or_zip_in_the_models_size(tiny_folder: Path, tmp_path: Path, zipped: bool) -> None:
    rng = np.random.default_rng(1)
    for split in ("train", "test"):
        for name in CLASSES:
            folder = tmp_path / "pets" / split / name
            folder.mkdir(parents=True)
            for number in range(2):
                Image.fromarray(rng.integers(0, 256, (20, 24, 3)).astype(np.uint8)).save(folder / f"{number}.png")
    source = tmp_path / "pets"
    if zipped:
        source = tmp_path / "pets.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in sorted((tmp_path / "pets").rglob("*.png")):
                archive.write(path, path.relative_to(tmp_path))
    found = foreign(tiny_folder / "float32.tflite", source, tmp_path / "o.json")
    assert [row["class"] for row in found["per_class"]] == CLASSES and {row["n"] for row in found["per_class"]} == {2}
    assert found["facts"][0]["dataset"] == "pets" and len(found["facts"][0]["data_fingerprint"]) == 64


def test_other_names_and_text_labels_give_the_same_figures(tiny_folder: Path, data: Path, tmp_path: Path) -> None:
    arrays = files.read_npz(data)
    files.write_npz(tmp_path / "plain.npz", **arrays)
    files.write_npz(
        tmp_path / "theirs.npz",
        x_train=np.zeros((1, 2)),
        x_test=(arrays["images"] / 255).astype(np.float32),
        y_test=np.array(CLASSES)[arrays["labels"]],
        class_names=np.array(CLASSES),
    )
    plain = foreign(tiny_folder / "float32.tflite", tmp_path / "plain.npz", tmp_path / "o.json")
    theirs = foreign(tiny_folder / "float32.tflite", tmp_path / "theirs.npz", tmp_path / "p.json")
    assert [row["class"] for row in theirs["per_class"]] == CLASSES
    assert all(plain[name] == theirs[name] for name in ("top1", "nll", "confusion"))


def test_classes_are_counted_before_an_image_is_decoded(tiny_folder: Path, tmp_path: Path) -> None:
    for split, names in (("train", "abcde"), ("test", "abcde")):
        for name in names:
            (tmp_path / "pets" / split / name).mkdir(parents=True)
            (tmp_path / "pets" / split / name / "0.png").write_bytes(b"no image")
    said = refused(tiny_folder / "float32.tflite", tmp_path / "pets")
    assert "pets: the model has 4 outputs and the data 5 classes (a, b, c, d, e)" in said


def test_mistakes_are_one_line_that_names_the_file(tiny_folder: Path, data: Path, tmp_path: Path) -> None:
    model = tiny_folder / "float32.tflite"
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(model.read_bytes()[:3000])
    assert refused(cut, data).startswith(f"error: {cut}: not a readable TFLite file")
    assert str(data.with_name("none.npz")) in refused(model, data.with_name("none.npz"))
    assert "none.tflite is missing" in refused(tmp_path / "none.tflite", data)
    assert "give two numbers" in refused(model, data, "--input-range=1")
    files.write_npz(tmp_path / "other.npz", images=np.zeros((2, 8, 8, 3), np.uint8), labels=np.array([0, 3]))
    assert f"{model}: the model takes [1, 16, 16, 3]" in refused(model, tmp_path / "other.npz")
    files.write_npz(tmp_path / "more.npz", images=np.zeros((2, 16, 16, 3), np.uint8), labels=np.array([0, 7]))
    assert "more.npz: the model has 4 outputs and the data 8 classes (0, 1, 2, 3, 4, 5, 6, 7)" in refused(
        model, tmp_path / "more.npz"
    )
    (tmp_path / "half.npz").write_bytes(data.read_bytes()[:500])
    assert "half.npz is truncated" in refused(model, tmp_path / "half.npz")


def test_an_operator_that_the_runtime_lacks_is_named(newer_operator: bytes, data: Path, tmp_path: Path) -> None:
    (tmp_path / "newer.tflite").write_bytes(newer_operator)
    said = refused(tmp_path / "newer.tflite", data, "--runtime", "tflite_runtime")
    assert "newer.tflite: tflite_runtime cannot execute FULLY_CONNECTED version 12" in said


@pytest.mark.parametrize("form", [bytes, packed])
def test_a_foreign_file_is_evaluated_level_by_level(
    tiny_folder: Path, data: Path, tmp_path: Path, form: Callable[[bytes], bytes]
) -> None:
    both = tmp_path / "both.tflite"
    both.write_bytes(form((tiny_folder / "levels_full_half.tflite").read_bytes()))
    out, predictions = tmp_path / "both.json", tmp_path / "both.npz"
    done = evaluate("--tflite", both, "--data", data, "--out", out, "--predictions", predictions)
    assert (done.returncode, done.stderr) == (0, "") and not out.exists() and not predictions.exists()
    for name in ("full", "half"):
        found = files.read_json(tmp_path / f"both_{name}.json")
        alone = foreign(tiny_folder / f"levels_{name}.tflite", data, tmp_path / "alone.json")
        assert found["facts"][0]["signature"] == name and "signature" not in alone["facts"][0]
        of_the_file = {"facts", "file_bytes", "gzip_bytes"}
        assert {key: found[key] for key in found.keys() - of_the_file} == {
            key: alone[key] for key in alone.keys() - of_the_file
        }
        assert found["file_bytes"] == both.stat().st_size
        assert files.read_npz(tmp_path / f"both_{name}.npz")["logits"].shape == (70, 4)


def test_one_level_by_its_signature(tiny_folder: Path, data: Path, tmp_path: Path) -> None:
    both = tiny_folder / "levels_full_half.tflite"
    found = foreign(both, data, tmp_path / "o.json", "--signature", "half")
    assert found["macs"] == foreign(tiny_folder / "levels_half.tflite", data, tmp_path / "p.json")["macs"]
    assert "no signature 'quarter': it has full, half" in refused(both, data, "--signature=quarter")
    (tmp_path / "params.yaml").write_text(PARAMS)
    assert f"{both}: the model has several signatures (full, half): choose" in refused(
        both, data, "--params", str(tmp_path / "params.yaml")
    )
    with pytest.raises(StudyError, match=r"levels_full_half.tflite: the model has several signatures"):
        predict.run(str(both), str(data), "ai_edge_litert", 1, 64, "-1,1")


def test_signatures_name_files_that_stay_beside_the_output() -> None:
    assert _suffixes(["only/one"]) == [""]
    assert _suffixes(["../../a", "b c", "d.1"]) == ["_..-..-a", "_b-c", "_d.1"]
    with pytest.raises(StudyError, match="one by one"):
        _suffixes(["a/b", "a b"])


def child(
    tiny_folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, startup: str, **more: Any
) -> str:
    """What is said when the child process runs `startup` first."""
    (tmp_path / "sitecustomize.py").write_text(startup)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    with pytest.raises(StudyError) as caught:
        predict.run(str(tiny_folder / "float32.tflite"), str(data), "ai_edge_litert", 1, 64, "-1,1", **more)
    assert str(caught.value).startswith(f"{tiny_folder / 'float32.tflite'}: ") and "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "startup, said",
    [
        ("import os; os.abort()", "crashed on it (SIGABRT)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed on it (SIGSEGV)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "of processor time"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import time; time.sleep(100)", "no image finished in 1 s"),
    ],
)
def test_whatever_happens_to_the_child_is_one_line(
    tiny_folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, startup: str, said: str
) -> None:
    silence = 1.0 if "sleep" in startup else 60.0
    assert said in child(tiny_folder, data, tmp_path, monkeypatch, startup, silence_seconds=silence)


def test_memory_is_limited(tiny_folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "more than 0.1 GiB of memory" in child(tiny_folder, data, tmp_path, monkeypatch, "", memory_gib=0.1)


def test_start_is_quick_and_free_of_heavy_packages() -> None:
    code = (
        "import sys, pipelines.evaluate, pipelines.latency\n"
        "print([m for m in ('tensorflow', 'tf_keras', 'scipy', 'pandas', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
