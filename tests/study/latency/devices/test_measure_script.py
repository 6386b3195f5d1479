import ast
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from study.latency.devices import measure_script
from study.latency.devices.host import SCRIPT
from study.latency.measurement import round_of

BUDGET = {
    "threads": 1,
    "warmup_runs": 5,
    "warmup_seconds": 0.0,
    "runs": 30,
    "seconds": 0.0,
    "max_seconds": 5.0,
    "end_to_end_runs": 10,
    "end_to_end_seconds": 0.0,
}


def ask(script: Path, model: Path, runtime: str = "ai_edge_litert", **changes: Any) -> dict[str, Any]:
    request = (
        BUDGET
        | {"model": str(model), "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(), "runtime": runtime}
        | changes
    )
    done = subprocess.run(
        [sys.executable, "-I", str(script)],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
        cwd=script.parent,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    "runtime, scheme, delegate",
    [
        ("ai_edge_litert", "float32", "xnnpack"),
        ("ai_edge_litert", "softmax_uint8", "xnnpack"),
        ("tflite_runtime", "float32", "xnnpack"),
        ("tflite_runtime", "int8_full", "none"),
    ],
)
def test_a_copy_anywhere_measures(tiny_folder: Path, tmp_path: Path, runtime: str, scheme: str, delegate: str) -> None:
    script = Path(shutil.copy(SCRIPT, tmp_path / "anything.py"))
    answer = ask(script, tiny_folder / f"{scheme}.tflite", runtime)
    assert len(answer["invoke_ns"]) == 30 and len(answer["end_to_end_ns"]) == 10
    assert answer["delegate"] == delegate and answer["surroundings"]["warmups"] == 5
    assert 1e6 < answer["empty_rss_bytes"] < answer["peak_rss_bytes"] < 1e9
    assert 0 <= answer["private_bytes"] < answer["peak_rss_bytes"]
    assert round_of(answer).invoke_ns.tolist() == answer["invoke_ns"]
    assert answer["context"]["identity"] == measure_script.identity() is not None


@pytest.mark.parametrize("runtime", ["ai_edge_litert", "tflite_runtime"])
def test_one_level_of_a_file_of_several(tiny_folder: Path, tmp_path: Path, runtime: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3)).astype(np.uint8)
    (tmp_path / "images").write_bytes(images.tobytes())
    table = (np.arange(256) / 127.5 - 1).tolist()
    asked = {"images": {"path": str(tmp_path / "images"), "shape": list(images.shape), "table": table}}
    answers = {}
    for name in ("full", "half"):
        answers[name] = ask(SCRIPT, tiny_folder / "levels_full_half.tflite", runtime, signature=name, **asked)
        alone = ask(SCRIPT, tiny_folder / f"levels_{name}.tflite", runtime, **asked)
        assert answers[name]["outputs"] == alone["outputs"] and answers[name]["delegate"] == "xnnpack"
        assert len(answers[name]["invoke_ns"]) == 30 and len(answers[name]["end_to_end_ns"]) == 10
    assert answers["full"]["outputs"] != answers["half"]["outputs"]
    assert "signature_key" in ask(SCRIPT, tiny_folder / "levels_full_half.tflite", runtime, signature="x")["error"]


def test_a_machine_is_known_from_one_start_of_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def identity(start: str | None, own: str | None) -> str | None:
        files = {"/proc/sys/kernel/random/boot_id": start, "/etc/machine-id": own}
        monkeypatch.setattr(measure_script, "read", files.__getitem__)
        return measure_script.identity()

    found = [identity(start, own) for start in ("a", "b") for own in ("m", "n", None, "")]
    assert found == [identity(start, own) for start in ("a", "b") for own in ("m", "n", None, "")]
    assert len(set(found)) == 6  # no id is an empty one
    assert all(one and len(one) == 16 for one in found)
    assert identity(None, "m") is None and identity("", "m") is None


def test_the_identity_gives_away_neither_number(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "0123456789abcdef0123456789abcdef"
    monkeypatch.setattr(measure_script, "read", lambda path: secret)
    found = measure_script.identity()
    assert found and found not in secret and found != hashlib.sha256(secret.encode()).hexdigest()[:16]


def test_it_needs_nothing_of_this_project() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).split(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"numpy"}


def test_both_minimum_runs_and_seconds_hold(tiny_folder: Path) -> None:
    answer = ask(SCRIPT, tiny_folder / "float32.tflite", seconds=0.2, warmup_seconds=0.05)
    assert len(answer["invoke_ns"]) > 30 and sum(answer["invoke_ns"]) > 0.1e9
    assert answer["surroundings"]["warmups"] > 5


def test_the_cap_ends_a_series(tiny_folder: Path) -> None:
    answer = ask(SCRIPT, tiny_folder / "float32.tflite", runs=10**9, end_to_end_runs=10**9, max_seconds=0.1)
    assert 0.05e9 < sum(answer["invoke_ns"]) <= 0.2e9


def test_failures_are_one_json_line(tiny_folder: Path, tmp_path: Path) -> None:
    model = tiny_folder / "float32.tflite"
    assert "SHA-256" in ask(SCRIPT, model, model_sha256="0" * 64)["error"]
    assert "No module named" in ask(SCRIPT, model, "no_such_runtime")["error"]
    (tmp_path / "cut.tflite").write_bytes(model.read_bytes()[:1000])
    assert ask(SCRIPT, tmp_path / "cut.tflite")["error"]
