"""Every prediction runs in a process of its own: a failed load poisons tflite_runtime for the rest of the process."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from study.errors import StudyError
from study.tflite import run as runtime

RUNTIMES = ("ai_edge_litert", "tflite_runtime")
IMAGES = np.random.default_rng(0).integers(0, 256, (70, 16, 16, 3)).astype(np.uint8)

CHILD = """
import sys
import numpy as np
from study.errors import StudyError
from study.tflite.image_input import ImageInput
from study.tflite.run import predict
with np.load(sys.argv[2]) as data:
    images = data["images"]
try:
    done = predict(open(sys.argv[1], "rb").read(), images, sys.argv[3], int(sys.argv[4]), int(sys.argv[5]),
                   ImageInput(input_range=(float(sys.argv[6]), float(sys.argv[7]))), signature=sys.argv[8] or None)
except StudyError as error:
    sys.exit(str(error))
assert "tensorflow" not in sys.modules
np.savez(sys.stdout.buffer, logits=done.logits, how=[str(done.batch_size), done.runtime_version, done.resolver])
"""


def run(
    model: Path,
    images: np.ndarray = IMAGES,
    name: str = "ai_edge_litert",
    threads: int = 1,
    batch: int = 64,
    low: float = -1.0,
    high: float = 1.0,
    tmp: Path | None = None,
    signature: str = "",
) -> tuple[np.ndarray, list[str]]:
    data = (tmp or model.parent) / f"images{len(images)}-{images.shape[1]}.npz"
    if not data.exists():
        np.savez(data, images=images)
    asked = [str(model), str(data), name, str(threads), str(batch), str(low), str(high), signature]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *asked],
        capture_output=True,
        cwd=Path(__file__).parents[3],
    )
    if done.returncode:
        raise StudyError(done.stderr.decode().strip().splitlines()[-1])
    with np.load(io.BytesIO(done.stdout)) as answer:
        return answer["logits"], answer["how"].tolist()


@pytest.mark.parametrize("name", RUNTIMES)
@pytest.mark.parametrize("scheme", ["float32", "int8"])
def test_batches_give_the_bits_of_single_images(tiny_folder: Path, name: str, scheme: str) -> None:
    batched, how = run(tiny_folder / f"{scheme}.tflite", name=name, batch=64)
    single, alone = run(tiny_folder / f"{scheme}.tflite", name=name, batch=1)
    assert (how[0], alone[0]) == ("64", "1")
    assert batched.shape == (70, 4) and batched.dtype == np.float32
    np.testing.assert_array_equal(batched, single)


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_fixed_batch_falls_back_to_single_images(tiny_folder: Path, name: str) -> None:
    logits, how = run(tiny_folder / "reshape.tflite", name=name)
    assert how[0] == "1" and logits.shape == (70, 4)
    assert len(np.unique(logits, axis=0)) == 70


def test_threads_do_not_change_a_bit(tiny_folder: Path) -> None:
    model = tiny_folder / "float32.tflite"
    np.testing.assert_array_equal(run(model, threads=2)[0], run(model)[0])


@pytest.mark.parametrize("batch", [1, 64])
@pytest.mark.parametrize("name", RUNTIMES)
def test_each_level_gives_the_bits_of_its_own_file(tiny_folder: Path, name: str, batch: int) -> None:
    levels = {}
    for level in ("full", "half"):
        levels[level], how = run(tiny_folder / "levels_full_half.tflite", name=name, batch=batch, signature=level)
        alone, own = run(tiny_folder / f"levels_{level}.tflite", name=name, batch=batch)
        np.testing.assert_array_equal(levels[level], alone)
        assert how == own and how[0] == str(batch) and how[2] == "xnnpack"
    assert (levels["full"] != levels["half"]).any()


def test_a_level_must_be_named_and_be_there(tiny_folder: Path) -> None:
    with pytest.raises(StudyError, match=r"several signatures \(full, half\)"):
        run(tiny_folder / "levels_full_half.tflite")
    with pytest.raises(StudyError, match="no signature 'quarter': it has full, half"):
        run(tiny_folder / "levels_full_half.tflite", signature="quarter")
    with pytest.raises(StudyError, match="no signature 'full': it has serving_default"):
        run(tiny_folder / "float32.tflite", signature="full")


@pytest.mark.parametrize("name", RUNTIMES)
def test_branches_are_run(tiny_folder: Path, tmp_path: Path, name: str) -> None:
    images = IMAGES // 2 + np.where(np.arange(70) % 2, 128, 0).astype(np.uint8)[:, None, None, None]
    gated, full, half = (
        run(tiny_folder / f"levels_{one}.tflite", images, name, batch=1, tmp=tmp_path)[0]
        for one in ("gated", "full", "half")
    )
    np.testing.assert_allclose(gated, np.where((np.arange(70) % 2)[:, None], full, half), rtol=1e-5, atol=1e-5)


def test_what_executed_is_told(tiny_folder: Path) -> None:
    assert run(tiny_folder / "int8.tflite", name="tflite_runtime")[1] == ["64", "2.14.0", "builtin"]
    assert run(tiny_folder / "int8.tflite")[1][2] == "xnnpack"


def test_integer_input_and_output_agree_with_float(tiny_folder: Path) -> None:
    """The same int8 network with its QUANTIZE inside and outside."""
    inside, _ = run(tiny_folder / "int8.tflite")
    outside, _ = run(tiny_folder / "int8_full.tflite")
    np.testing.assert_array_equal(inside, outside)


def test_schemes_stay_close_to_float(tiny_folder: Path) -> None:
    exact, _ = run(tiny_folder / "float32.tflite")
    span = np.ptp(exact)
    for scheme, tolerance in (("float16", 0.002), ("dynamic", 0.03), ("int8", 0.05), ("int8_full", 0.05)):
        assert np.abs(run(tiny_folder / f"{scheme}.tflite")[0] - exact).max() < tolerance * span, scheme


def test_unsigned_input_in_another_range(tiny_folder: Path) -> None:
    probabilities, _ = run(tiny_folder / "softmax_uint8.tflite", low=0.0, high=1.0)
    assert np.all((probabilities >= 0) & (probabilities < 1)) and np.allclose(probabilities.sum(1), 1, atol=0.02)
    assert (run(tiny_folder / "softmax_uint8.tflite")[0] != probabilities).any()


def test_other_shapes_and_damaged_files_are_one_line(tiny_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"takes \[1, 16, 16, 3\], the images are \[1, 8, 8, 3\]"):
        run(tiny_folder / "float32.tflite", np.zeros((1, 8, 8, 3), np.uint8), tmp=tmp_path)
    (tmp_path / "cut.tflite").write_bytes((tiny_folder / "float32.tflite").read_bytes()[:2000])
    with pytest.raises(StudyError, match=r"ai_edge_litert 2\.\S+ refuses the model"):
        run(tmp_path / "cut.tflite", tmp=tmp_path)
    with pytest.raises(StudyError, match="must rise"):
        run(tiny_folder / "float32.tflite", low=1.0, high=0.0)


def test_versions_without_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime.runtime_version("tflite_runtime") == "2.14.0"
    monkeypatch.setitem(runtime.RUNTIMES, "ai_edge_litert", "not-installed-anywhere")
    assert runtime.runtime_version("ai_edge_litert") is None
    with pytest.raises(StudyError, match="pip install not-installed-anywhere"):
        runtime.predict(b"", IMAGES)
    with pytest.raises(StudyError, match="choose one of ai_edge_litert, tflite_runtime"):
        runtime.runtime_version("onnx")
