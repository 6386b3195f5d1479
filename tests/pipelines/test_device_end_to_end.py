"""From nothing to results with a board that runs real aarch64 programs: check, set up, measure, fetch, clean up."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import plans
import pytest
import yaml
from fake_board import FakeBoard, arguments
from fake_pi import CLAIM, fake_pi, require_emulator, wheels

from study.latency.measurement import from_document

ROOT = Path(__file__).parents[2]
BUDGET = {
    "runtimes": ["ai_edge_litert"],
    "threads": [1],
    "warmup_runs": 1,
    "warmup_seconds": 0.0,
    "runs": 3,
    "seconds": 0.0,
    "max_seconds": 60.0,
    "rounds": 1,
}


@pytest.fixture(scope="module")
def pi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeBoard]:
    require_emulator()
    with fake_pi(tmp_path_factory.mktemp("fake") / "pi") as board:
        yield board


def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600)


def test_a_study_on_a_fake_pi(pi: FakeBoard, tmp_path: Path, tiny: dict[str, bytes]) -> None:
    bare = python("pipelines.device", "check", *arguments(pi.settings))
    assert bare.returncode == 2 and "127.0.0.1 is not ready (board, interpreter)" in bare.stderr
    assert "mend: python -m pipelines.device setup 127.0.0.1" in bare.stdout

    made = python("pipelines.device", "setup", *arguments(pi.settings), f"--wheels={wheels(tmp_path / 'wheels')}")
    assert "ok       ai-edge-litert" in made.stdout and "64-bit Python on aarch64" in made.stdout, made.stderr
    assert "is not ready (board)" in made.stderr  # all is there; an emulated processor stays one
    assert (pi.folder / "home/.local/share/tflite-compression-study/venv/bin/python").is_symlink()
    assert pi.residue() == []

    (tmp_path / "tflite").mkdir()
    for name in ("float32", "int8"):
        (tmp_path / "tflite" / f"{name}.tflite").write_bytes(tiny[name])
    images = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
    np.savez(tmp_path / "test.npz", images=images)
    (tmp_path / "plan.yaml").write_text(
        yaml.safe_dump(plans.tables(["float32", "int8"]) | {"devices": {"ssh_pi": pi.settings}})
    )
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"latency": BUDGET}))
    files = [
        f"--{name}={tmp_path / path}"
        for name, path in (
            ("plan", "plan.yaml"),
            ("params", "params.yaml"),
            ("tflite", "tflite"),
            ("images", "test.npz"),
            ("out", "out"),
            ("lock", "lock"),
        )
    ]
    done = python("pipelines.latency", "--device=ssh_pi", *files)
    assert done.returncode == 0, done.stderr
    documents = {path.name: json.loads(path.read_text()) for path in (tmp_path / "out").iterdir()}
    assert set(documents) == {"float32__ai_edge_litert__t1.json", "int8__ai_edge_litert__t1.json"}
    for document in documents.values():
        # Answers of the real ARM kernels are the host's; times of QEMU are nobody's, and the claim is not believed.
        found = from_document(document)
        assert (found.context["agreement"]["images"], found.context["agreement"]["same"]) == (20, 20)
        assert found.context["architecture"] == "aarch64" and found.context["label"] == "emulated aarch64 processor"
        assert (found.kind, found.status, found.rounds, found.earlier) == ("emulated", "emulated_processor", (), ())
        assert CLAIM not in json.dumps(document) and "Raspberry" not in json.dumps(document)
    assert pi.residue() == []
