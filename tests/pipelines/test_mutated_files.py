"""Damaged and hostile files: 200 of them, made from the tiny models by a seeded generator."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from pipelines import files, inspect, predict
from pipelines.evaluate import main as evaluate
from study.errors import StudyError
from study.tflite.facts import read

FILES = 200
SECONDS = 20.0
"""Longest that one file may take; a quiet machine needs well under one."""


def _flip(rng: np.random.Generator, model: bytearray) -> None:
    for position in rng.integers(len(model), size=rng.integers(1, 9)):
        model[position] ^= 1 << int(rng.integers(8))


def _truncate(rng: np.random.Generator, model: bytearray) -> None:
    del model[int(rng.integers(len(model))) :]


def _overwrite(rng: np.random.Generator, model: bytearray) -> None:
    for position in rng.integers(len(model) // 4, size=rng.integers(1, 5)):
        model[4 * position : 4 * position + 4] = rng.bytes(4)


def _swap(rng: np.random.Generator, model: bytearray) -> None:
    size = int(rng.choice([4, 16, 64]))
    one, other = (size * int(at) for at in rng.choice(len(model) // size, 2, replace=False))
    model[one : one + size], model[other : other + size] = model[other : other + size], model[one : one + size]


def _huge(rng: np.random.Generator, model: bytearray) -> None:
    # Small positive words are what offsets, lengths, sizes and indices look like.
    words = np.frombuffer(bytes(model[: len(model) // 4 * 4]), "<i4")
    position = int(rng.choice(np.flatnonzero((words > 0) & (words < len(model)))))
    value = int(rng.choice([2**31 - 1, 2**31 - 4, -(2**31), -1, 2**30, 65535, len(model)]))
    model[4 * position : 4 * position + 4] = value.to_bytes(4, "little", signed=True)


@pytest.fixture(scope="module")
def mutated(tiny: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    rng = np.random.default_rng(2021)
    folder = tmp_path_factory.mktemp("mutated")
    sources = sorted(tiny)
    ways = (_flip, _truncate, _overwrite, _swap, _huge)
    paths = []
    for number in range(FILES):
        source, way = sources[number // len(ways) % len(sources)], ways[number % len(ways)]
        model = bytearray(tiny[source])
        way(rng, model)
        paths.append(folder / f"{number:03d}{way.__name__}_{source}.tflite")
        paths[-1].write_bytes(model)
    return paths


def one_line(error: StudyError, path: Path) -> None:
    said = str(error)
    assert "\n" not in said and said.startswith(f"{path}: ") and len(said) < len(str(path)) + 600, said
    assert "predicting failed" not in said, said  # what the child did not foresee


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_inspect_shows_or_refuses_each(
    mutated: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    shown = 0
    for path in mutated:
        monkeypatch.setattr(sys, "argv", ["inspect", str(path), *form])
        start = time.monotonic()
        try:
            inspect.main()
        except StudyError as error:
            one_line(error, path)
        else:
            text = capsys.readouterr().out
            shown += 1
            assert form or max(map(len, text.splitlines())) <= 120
        assert time.monotonic() - start < SECONDS, path
    assert FILES // 10 < shown < FILES


def test_evaluate_scores_or_refuses_each(mutated: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the stage does, with less patience. Children run side by side, ahead of the parent that asks for them."""
    rng = np.random.default_rng(0)
    data = tmp_path / "test.npz"
    files.write_npz(data, images=rng.integers(0, 256, (5, 16, 16, 3)).astype(np.uint8), labels=np.arange(5) % 4)
    monkeypatch.setattr("pipelines.evaluate.provenance.code_version", lambda: "test")
    patient = partial(predict.run, silence_seconds=SECONDS, memory_gib=2.0)
    scored = 0
    with ThreadPoolExecutor(2) as pool:
        ahead = {
            (str(path), level): pool.submit(patient, str(path), str(data), "ai_edge_litert", 1, 64, signature=level)
            for path in mutated
            for level in _levels(path)
        }
        monkeypatch.setattr(
            "pipelines.evaluate.run", lambda tflite, *rest, signature: ahead[tflite, signature].result()
        )
        for path in mutated:
            out = tmp_path / f"{path.stem}.json"
            options = ["--tflite", str(path), "--data", str(data), "--out", str(out)]
            monkeypatch.setattr(sys, "argv", ["evaluate", *options])
            try:
                evaluate()
            except StudyError as error:
                one_line(error, path)
                assert not list(tmp_path.glob(f"{path.stem}*.json"))
            else:
                scored += 1
                written = list(tmp_path.glob(f"{path.stem}*.json"))
                assert len(written) == len(_levels(path))
                assert all(0 <= files.read_json(one)["top1"] <= 1 for one in written)
    assert FILES // 10 < scored < FILES


@pytest.mark.parametrize("runtime", ["ai_edge_litert", "tflite_runtime"])
def test_a_name_that_is_not_utf8_is_said(tiny: dict[str, bytes], tmp_path: Path, runtime: str) -> None:
    path, data = tmp_path / "name.tflite", tmp_path / "test.npz"
    path.write_bytes(tiny["float32"].replace(b"serving_default", b"serving\xd7default"))
    files.write_npz(data, images=np.zeros((2, 16, 16, 3), np.uint8), labels=np.arange(2))
    with pytest.raises(StudyError, match="not UTF-8"):
        predict.run(str(path), str(data), runtime, 1, 64)


def _levels(path: Path) -> list[str | None]:
    """What `evaluate` asks for: of several levels each by name; none where the file cannot be read."""
    try:
        levels = list(read(path.read_bytes()).levels)
    except StudyError:
        return []
    return [*levels] if len(levels) > 1 else [None]
