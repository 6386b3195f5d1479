"""A command of the project, run in this process as from a shell."""

import contextlib
import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pipelines import cli


def run(monkeypatch: pytest.MonkeyPatch, module: ModuleType, *arguments: str | Path) -> int:
    """Exit code of a module's `main` with these arguments."""
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.run(module.main)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def outcome(module: ModuleType, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """The same with what it prints, where a process would cost a second for the same imports."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(patch, module, *arguments)
    return subprocess.CompletedProcess([module.__name__], code, out.getvalue(), err.getvalue())
