import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import validate_prediction
from study.latency.devices.rpi4 import validation
from study.latency.devices.rpi4.emulator import Run
from study.latency.devices.rpi4.label import FILE, PROFILE, errors
from study.latency.devices.rpi4.profile import Profile
from study.report.reference import TABLES

ROOT = Path(__file__).parents[2]
BARE = r"without clearing: LOAO MAPE (\d+\.\d) Spearman (\d\.\d{3})"


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pipelines.validate_prediction", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PATH": "/nowhere"} | environment)


def test_the_stored_counts_meet_the_bound_without_emulator_or_tensorflow() -> None:
    done = run("--stored")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (bare,) = (found for line in lines if (found := re.fullmatch(BARE, line)))
    assert float(bare[1]) <= 18 and float(bare[2]) >= 0.95
    assert sum(bool(re.search(r"[+-]\d+ %\) +[+-]\d+ %$", line)) for line in lines) == 10
    assert any("nothing fitted" in line for line in lines) and "not validated" in done.stdout


def test_the_errors_that_predictions_carry_come_last() -> None:
    lines = run("--stored").stdout.splitlines()[-2:]
    for line, method in zip(lines, (PROFILE, FILE), strict=True):
        said = "; ".join(
            f"{kind} {one.mean:.1f} % (worst {one.worst:+.0f} %, {one.worst_of})"
            for kind, one in errors(method).items()
        )
        assert line == f"error of predictions {method}: {said}"


def test_each_model_is_counted_with_and_without_clearing(
    monkeypatch: pytest.MonkeyPatch, tiny: dict[str, bytes]
) -> None:
    counts = validation.published()[0].counts
    assert counts is not None

    def run(model: bytes, image: Any, root: Path, runtime: str, kernels: str, clears: bool) -> Run:
        own = replace(counts, cleared_lines=int(clears))
        return Run("", Profile(own, {"d503201f": 1}), image, {})

    monkeypatch.setattr(validate_prediction.emulator, "run", run)
    monkeypatch.setattr(validate_prediction.emulator, "identity", lambda root: "e")
    monkeypatch.setattr(validate_prediction.cycles, "version", lambda: "l")
    monkeypatch.setattr(validate_prediction.cycles, "cycles", lambda blocks: 7.0)
    document = validate_prediction.count({("mobilenet", "int8"): tiny["int8"]}, Path())
    for counted, lines in ((validation.WITH, 1), (validation.WITHOUT, 0)):
        (one,) = validation.known(document, counted)
        assert one.counts and (one.architecture, one.kind, one.counts.cleared_lines) == ("mobilenet", "int8", lines)
        assert (one.cycles, one.microseconds) == (7.0, TABLES["int8"][1]["mobilenet"].inference_us)


def test_without_the_emulator_it_says_what_is_missing(tmp_path: Path) -> None:
    done = run(PI_SYSROOT=str(tmp_path))
    assert done.returncode == 2
    assert "--stored" in done.stderr and done.stderr.count("\n") == 1
