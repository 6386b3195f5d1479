import subprocess
from pathlib import Path

import numpy as np

from study import provenance


def test_packages() -> None:
    assert provenance.packages(["numpy", "no-such-package"]) == {"numpy": np.__version__, "no-such-package": None}


def test_machine_has_no_clock_in_it() -> None:
    assert provenance.machine() == provenance.machine()
    assert provenance.machine()["long_bit"] in (32, 64) and provenance.machine()["processors"] >= 1


def test_processor_name_of_x86_and_of_a_board(tmp_path: Path) -> None:
    x86, board = tmp_path / "x86", tmp_path / "board"
    x86.write_text("processor\t: 0\nmodel\t\t: 1\nmodel name\t: Some CPU @ 2 GHz\nprocessor\t: 1\nmodel name\t: B\n")
    board.write_text("processor\t: 0\nBogoMIPS\t: 108.00\n\nModel\t\t: Some Board Rev 1.4\n")
    assert provenance.cpu_model(x86) == "Some CPU @ 2 GHz"
    assert provenance.cpu_model(board) == "Some Board Rev 1.4"
    assert provenance.cpu_model(tmp_path / "none")


def test_code_version_follows_the_code_alone(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@t", *arguments],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    assert provenance.code_version(tmp_path) == "unknown"
    git("init", "-q")
    assert provenance.code_version(tmp_path) == "unknown"
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "a.py").write_text("a = 1\n")
    git("add", ".")
    git("commit", "-qm", "first")
    commit = git("rev-parse", "--short=12", "HEAD")
    assert provenance.code_version(tmp_path) == commit
    (tmp_path / "dvc.lock").write_text("changes while a run goes on")
    assert provenance.code_version(tmp_path) == commit
    (tmp_path / "study" / "a.py").write_text("a = 2\n")
    assert provenance.code_version(tmp_path) == f"{commit}-dirty"
