"""Odd and damaged files from elsewhere, seeded: each ends in one line, or in the figure of the raw interpreter."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from asked_foreign import evaluate, invoked
from odd_models import Odd, appended, colours, described, pack, write
from PIL import Image

from pipelines import files, inspect
from study.tflite.edit import unpack

FILES, IMAGES = 200, 12
RANGES = ((-1.0, 1.0), (0.0, 1.0), (0.0, 255.0), (-128.0, 127.0), (-2.1, 2.6))
LABELS = ("0\n1\n2\n3\n", "0\n1\n", "red\ngreen\nblue\nwhite\n", "a\n\na", "\ufeff0\r\n1\r\n2\r\n3")


def odd(rng: np.random.Generator) -> Odd:
    """Any of the kinds, alone or together."""
    shape = [(1, 8, 8, 3), (1, 3, 8, 8), (1, 8, 8, 1), (1, 1, 8, 8), (1, 8, 8), (1, 1, 1, 3), (1, 8, 8, 4)][
        int(rng.choice(7, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05]))
    ]
    sides = (2, 3) if len(shape) == 4 and shape[3] == 8 else (1, 2)
    low, high = RANGES[int(rng.choice(5, p=[0.5, 0.2, 0.2, 0.05, 0.05]))]
    model = Odd(
        shape=shape,
        free=((), (), (0,), sides, (0, *sides))[int(rng.integers(5))],
        dtype=str(rng.choice(["float32", "int8", "uint8"], p=[0.6, 0.2, 0.2])),
        low=low,
        high=high,
        bgr=bool(rng.random() < 0.2) and 3 in shape[1:],
        end=("", "SOFTMAX", "LOGISTIC", "NORMALIZED")[int(rng.integers(4))],
        order=tuple(int(one) for one in rng.permutation(4)) if rng.random() < 0.3 else (0, 1, 2, 3),
        binary=bool(rng.random() < 0.1),
    )
    scaled = model.dtype == "float32" or rng.random() < 0.7
    if not scaled:
        low, high = (-128.0, 127.0) if model.dtype == "int8" else (0.0, 255.0)
        model = replace(model, scaled=False, low=low, high=high)
    return model


def options(rng: np.random.Generator, model: Odd) -> list[str]:
    """What a person says of it: nothing, what is right, or what is wrong."""
    said = ["--bgr"] if model.bgr != (rng.random() < 0.05) else []
    way = rng.random()
    if way < 0.4:
        said += [f"--input-range={model.low:g},{model.high:g}"]
    elif way < 0.5:
        std = 255 / (model.high - model.low)
        said += [f"--mean={-model.low * std!r}", f"--std={std!r}"]
    elif way < 0.6:
        low, high = RANGES[int(rng.integers(5))]
        said += [f"--input-range={low:g},{high:g}"]
    if rng.random() < 0.2:
        said += [f"--size={int(rng.choice([1, 8, 9]))}"]
    return said


def damaged(rng: np.random.Generator, tflite: bytes) -> bytes:
    """With something wrong that readers of tables meet: shapes, scales, ports, signatures, or any byte behind them."""
    model = unpack(tflite)
    graph = model.subgraphs[0]
    port = graph.tensors[graph.inputs[0]]
    way = int(rng.integers(8))
    if way == 0:
        port.shapeSignature = np.array(rng.integers(-2, 9, int(rng.integers(1, 6))), np.int32)
    elif way == 1:
        port.quantization = schema.QuantizationParametersT()
        port.quantization.scale = np.array([rng.choice([np.nan, np.inf, 0.0, -1.0, 1e-30, 3e38])], np.float32)
        port.quantization.zeroPoint = np.array([int(rng.choice([0, 300, -(2**40)]))], np.int64)
    elif way == 2:
        port.type = int(rng.integers(18))
    elif way == 3:
        graph.outputs = np.array([graph.inputs[0]], np.int32)
    elif way == 4:
        graph.inputs = np.array([graph.inputs[0]] * int(rng.integers(0, 3)), np.int32)
    elif way == 5:
        kernel = next(one for one in graph.tensors if one.buffer and one.type == 0)
        content = model.buffers[kernel.buffer].data.copy().view(np.float32)
        content[:] = rng.choice([np.nan, np.inf, 0.0, 1e38])
        model.buffers[kernel.buffer].data = content.view(np.uint8)
    elif way == 6:
        entry = schema.MetadataT()
        entry.name, entry.buffer = b"TFLITE_METADATA", int(rng.integers(len(model.buffers)))
        model.metadata = [entry]
    else:
        return appended(tflite, {"labels.txt": rng.bytes(40), "b.txt": b"x"})[: -int(rng.integers(1, 60))]
    return pack(model)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images, labels = colours(IMAGES)
    path = tmp_path_factory.mktemp("odd") / "test.npz"
    files.write_npz(path, images=images, labels=labels)
    two = labels < 2
    files.write_npz(path.with_name("two.npz"), images=images[two], labels=labels[two])
    return path


def range_of(found: dict[str, Any]) -> tuple[float, float]:
    """What pixels 0 and 255 became, as the command says."""
    values = found["facts"][0]["input_range"]
    if normal := re.fullmatch(r"\(pixel - (.+)\) / (.+)", values):
        mean, std = float(normal[1]), float(normal[2])
        return -mean / std, (255 - mean) / std
    low, high = map(float, values.split(","))
    return low, high


def right(outputs: np.ndarray, labels: np.ndarray, model: Odd) -> float:
    """Top-1 by argmax."""
    if outputs.shape[1] == 1:
        outputs = np.concatenate([np.full_like(outputs, 0.5 if model.end else 0.0), outputs], 1)
    return float((outputs.argmax(1) == labels).mean())


def fed(tflite: bytes, images: np.ndarray, found: dict[str, Any]) -> np.ndarray:
    """The raw interpreter's outputs [N, C] for images that are made as the command says that it made them."""
    assumed = found["facts"][0]["assumed"][0]
    low, high = range_of(found)
    rows = []
    for image in images:
        values = np.asarray(Image.fromarray(image).convert("L"))[..., None] if "grey" in assumed else image
        values = values[..., ::-1] if "BGR" in assumed else values
        batch = (values.astype(np.float64) / 255 * (high - low) + low)[None]
        batch = batch.transpose(0, 3, 1, 2) if "NCHW" in assumed else batch
        batch = batch[..., 0] if "no axis of channels" in assumed else batch
        interpreter = Interpreter(model_content=tflite)
        source = interpreter.get_input_details()[0]
        if source["dtype"] != np.float32:
            scale, zero = source["quantization"]
            limits = np.iinfo(source["dtype"])
            batch = np.clip(np.rint(batch / (scale if scale > 0 else 1.0)) + zero, limits.min, limits.max)
        rows.append(invoked(interpreter, batch))
    return np.stack(rows)


def test_each_ends_in_one_line_or_in_the_interpreters_figure(data: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(21)
    scored = known = warned = checked = 0
    for number in range(FILES):
        model = odd(rng)
        labels = LABELS[int(rng.integers(len(LABELS)))] if rng.random() < 0.25 else None
        metadata = described("labels.txt" if labels else None, [127.5], [127.5]) if rng.random() < 0.15 else None
        tflite, options_ = write(model, labels, metadata), options(rng, model)
        broken = number % 3 == 2
        tflite = damaged(rng, tflite) if broken else tflite
        path, source = tmp_path / f"{number:03d}.tflite", data.with_name("two.npz") if model.binary else data
        path.write_bytes(tflite)
        (tmp_path / "out.json").unlink(missing_ok=True)
        looked = commands.outcome(inspect, path)
        assert looked.returncode in (0, 2) and looked.stderr.count("\n") == (looked.returncode == 2), looked.stderr
        assert not re.search(r"\bx0\b", looked.stdout)
        done = evaluate(path, source, *options_)
        assert done.returncode in (0, 2), (path, done.stderr)
        if done.returncode:
            assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1 and done.stdout == "", done.stderr
            assert not (tmp_path / "out.json").exists()
            continue
        scored += 1
        warned += done.stderr.startswith("warning: ")
        found, arrays = files.read_json(tmp_path / "out.json"), files.read_npz(source)
        assert len(done.stdout.splitlines()) == 5
        outputs = fed(tflite, arrays["images"], found)
        assert found["top1_argmax"] == right(outputs, arrays["labels"], model), (model, options_, done.stdout)
        assert (found["nll"] is None) == (model.end == "LOGISTIC" and not model.binary), (model, done.stdout)
        if broken:
            checked += 1
        elif model.dtype != "float32" and not any("=" in one for one in options_) and metadata is None:
            known += 1
            assert range_of(found) == (model.low, model.high), (model, done.stdout)
    assert FILES // 4 < scored < 3 * FILES // 4 and min(known, warned, checked) >= 5, (scored, known, warned, checked)
