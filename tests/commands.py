"""A command of the project, run in this process as from a shell."""

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
