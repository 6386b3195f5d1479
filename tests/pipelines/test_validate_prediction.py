import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pipelines.validate_prediction", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PATH": "/nowhere"} | environment)


def test_the_stored_counts_meet_the_bound_without_emulator_or_tensorflow() -> None:
    done = run("--stored")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    found = re.fullmatch(r"LOAO MAPE (\d+\.\d) Spearman (\d\.\d{3})", lines[-1])
    assert found and float(found[1]) <= 18 and float(found[2]) >= 0.95
    assert sum(" %)" in line for line in lines) == 10
    assert any("nothing fitted" in line for line in lines)


def test_without_the_emulator_it_says_what_is_missing(tmp_path: Path) -> None:
    done = run(PI_SYSROOT=str(tmp_path))
    assert done.returncode == 2
    assert "--stored" in done.stderr and done.stderr.count("\n") == 1
