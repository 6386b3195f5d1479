import json
import subprocess
import sys
from pathlib import Path

import pytest

from study.tflite.packing import packed

ROOT = Path(__file__).parents[2]


def inspect(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "pipelines.inspect", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True
    )


def planted(tiny_folder: Path, prefix: str) -> dict[str, int]:
    """Zeros planted per operator type."""
    zeros = json.loads((tiny_folder / f"{prefix}zeros.json").read_text())
    return {
        "CONV_2D": zeros["stem"] + zeros["pointwise"],
        "DEPTHWISE_CONV_2D": zeros["depthwise"],
        "FULLY_CONNECTED": zeros["dense"],
    }


@pytest.mark.parametrize("name", ["float32", "float16", "dynamic", "int8", "sparse_float32", "sparse_int8"])
def test_planted_zeros_by_operator_type(tiny_folder: Path, name: str) -> None:
    done = inspect(tiny_folder / f"{name}.tflite", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    expected = planted(tiny_folder, "sparse_" if name.startswith("sparse_") else "")
    assert {op: sums["zeros"] for op, sums in found["sparsity_by_op"].items()} == expected
    assert found["sparse_encoding"]["tensors"] == (4 if name.startswith("sparse_") else 0)


def test_text(tiny_folder: Path) -> None:
    done = inspect(tiny_folder / "sparse_float32.tflite")
    assert (done.returncode, done.stderr) == (0, "")
    assert "XNNPACK's sparse inference is possible" in done.stdout and "2.14 executes it" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_levels(tiny_folder: Path) -> None:
    done = inspect(tiny_folder / "levels_full_half.tflite")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("level ")] == ["full", "half"]
    found = json.loads(inspect(tiny_folder / "levels_full_half.tflite", "--json").stdout)
    assert list(found["levels"]) == ["full", "half"] and found["macs"] is None


def test_a_packed_file_shows_what_the_plain_one_shows(tiny_folder: Path, tmp_path: Path) -> None:
    plain = tiny_folder / "levels_full_half.tflite"
    (tmp_path / plain.name).write_bytes(packed(plain.read_bytes()))
    found, before = (json.loads(inspect(folder / plain.name, "--json").stdout) for folder in (tmp_path, tiny_folder))
    half = 32 * 16  # elements of the pointwise kernel, which is the first half of the whole one
    assert (found["parameters"], found["weight_bytes"]) == (
        before["parameters"] - half,
        before["weight_bytes"] - 4 * half,
    )
    assert len(found["weights"]) == len(before["weights"]) - 1
    assert found["file_bytes"] == (tmp_path / plain.name).stat().st_size < before["file_bytes"]
    assert [found[key] for key in ("levels", "ops", "min_runtime", "subgraphs")] == [
        before[key] for key in ("levels", "ops", "min_runtime", "subgraphs")
    ]


def test_mistakes_are_one_line(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.tflite").write_bytes((tiny_folder / "int8.tflite").read_bytes()[:2000])
    whole = packed((tiny_folder / "levels_full_half.tflite").read_bytes())
    (tmp_path / "packed.tflite").write_bytes(whole[:-1])
    for path, said in (
        (tmp_path / "cut.tflite", "not a readable TFLite file"),
        (tmp_path / "packed.tflite", "a buffer reaches beyond the end"),
        (tmp_path / "none.tflite", "is missing"),
        (tmp_path, "is a folder"),
        (Path(__file__), "not a TFLite file"),
    ):
        done = inspect(path)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert done.stderr.startswith(f"error: {path}") and said in done.stderr
