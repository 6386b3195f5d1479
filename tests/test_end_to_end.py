"""The smoke study through `dvc repro`: undisturbed, and killed in every stage. Both end in the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from pipelines.workspace import create, preset

STAGES = ("data", "train", "compress", "export", "evaluate", "encode", "robustness", "latency", "report")
# Wall times, and what is drawn or written from them, differ between any two runs.
TIMED = (
    ".timing.json",
    "/training.csv",
    "training_time.csv",
    "latency.csv",
    "levels.csv",
    "speed_ups.csv",
    "codecs.csv",
    "verdicts.csv",
    "summary.json",
    "inputs.json.xz",
    "structured.csv",
    "zero_padding.csv",
    "report.md",
    "index.html",
    "reports/figures",
    "artifacts/encoded",
    "artifacts/latency/",
    "artifacts/profiles",
)
LIMIT = 900


def _workspace(folder: Path) -> Path:
    """The smoke preset, on one of its networks and with shorter trainings."""
    params = yaml.safe_load(preset("smoke").read_text())
    params["grid"] |= {"architectures": ["mobilenet_v3_small"], "also": []}
    params["training"]["epochs"] = 3
    params["pruning"]["epochs"] = 2
    (folder.parent / f"{folder.name}.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    create(folder, folder.parent / f"{folder.name}.yaml")
    (folder / "tmp").mkdir()
    return folder


def _repro(folder: Path) -> "subprocess.Popen[bytes]":
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(folder / "tmp"),  # a latency lock of its own
    }
    with (folder / "repro.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dvc", "repro"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _finish(folder: Path) -> None:
    process = _repro(folder)
    assert process.wait(LIMIT) == 0, (folder / "repro.log").read_text(errors="replace")[-3000:]


def _running(group: int, stage: str) -> bool:
    """Whether a process of the group runs the script of a stage."""
    wanted = f"pipelines.{stage}"
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if wanted in command and os.getpgid(int(entry.name)) == group:
                return True
        except (OSError, ProcessLookupError):
            continue
    return False


def _under_way(folder: Path, stage: str) -> bool:
    """Whether the stage has something to lose: a checkpoint, or a finished measurement."""
    if stage in ("train", "compress"):
        return any((folder / ".resume").glob("*.npz"))
    if stage in ("encode", "robustness", "latency"):
        return any((folder / "artifacts" / ("encoded" if stage == "encode" else stage)).rglob("*.json"))
    return True


def _kill_in(folder: Path, stage: str) -> None:
    process = _repro(folder)
    deadline = time.monotonic() + LIMIT
    while not (_running(process.pid, stage) and _under_way(folder, stage)):
        assert process.poll() is None, f"ended before {stage}: " + (folder / "repro.log").read_text()[-3000:]
        assert time.monotonic() < deadline, f"{stage} was never seen"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("study")
    undisturbed, killed = _workspace(root / "undisturbed"), _workspace(root / "killed")
    for stage in STAGES:
        _kill_in(killed, stage)
    _finish(killed)
    _finish(undisturbed)
    return undisturbed, killed


def _outputs(folder: Path) -> dict[str, Any]:
    stages = yaml.safe_load((folder / "dvc.lock").read_text())["stages"]
    return {
        out["path"]: out["md5"]
        for stage in stages.values()
        for out in stage.get("outs", [])
        if not any(part in out["path"] for part in TIMED)
    }


def test_killed_in_every_stage_it_ends_in_the_same_bytes(runs: tuple[Path, Path]) -> None:
    undisturbed, killed = map(_outputs, runs)
    # plan 1, data 5, (weights, history) of 3 networks, (file, gzip, predictions, accuracy) of 6 variants,
    # channels of control and compressed network 2, answers under corruptions 1, 12 tables, cards 1, smallest files 1
    assert len(undisturbed) == 1 + 5 + 2 * 3 + 4 * 6 + 2 + 1 + 12 + 1 + 1
    assert killed == undisturbed


def test_nothing_is_left_to_do_and_no_checkpoint_stays(runs: tuple[Path, Path]) -> None:
    for folder in runs:
        status = subprocess.run(
            [sys.executable, "-m", "dvc", "status"], cwd=folder, capture_output=True, text=True, check=True
        )
        assert "up to date" in status.stdout
        assert not list((folder / ".resume").glob("*.npz"))
        assert subprocess.run([sys.executable, "-m", "pipelines.verify"], cwd=folder).returncode == 0


def test_the_study_learns_prunes_and_quantizes(runs: tuple[Path, Path]) -> None:
    rows = pd.read_csv(runs[0] / "reports" / "results.csv").set_index("variant")
    assert list(rows.index) == [
        f"mobilenet_v3_small_{recipe}_s0_{scheme}"
        for recipe in ("dense", "retrained", "magnitude60")
        for scheme in ("float32", "int8")
    ]
    dense, pruned = (
        rows.loc["mobilenet_v3_small_dense_s0_float32"],
        rows.loc["mobilenet_v3_small_magnitude60_s0_float32"],
    )
    assert dense["top1"] > 0.15  # ten classes: chance is 0.1
    assert abs(dense["file_bytes"] - pruned["file_bytes"]) < 0.01 * dense["file_bytes"]
    assert pruned["gzip_bytes"] < 0.6 * dense["gzip_bytes"]
    assert 0.5 < pruned["sparsity_effective"] < 0.605
    assert rows.loc["mobilenet_v3_small_dense_s0_int8", "file_bytes"] < 0.40 * dense["file_bytes"]
    assert (runs[0] / "reports" / "index.html").stat().st_size > 10_000
