"""Sections of params.yaml, checked. A stage reads only its own, so that a change elsewhere does not concern it."""

from pathlib import Path
from typing import Any, TypeVar

from pipelines.files import read_yaml
from study.errors import StudyError
from study.specs.parse import parse

Spec = TypeVar("Spec")


def section(path: str | Path, name: str, cls: type[Spec]) -> Spec:
    """Read section `name` of the params file at `path` into its dataclass."""
    params: Any = read_yaml(path)
    if not isinstance(params, dict) or name not in params:
        raise StudyError(f"{path} has no section '{name}': compare it with pipelines/presets/quick.yaml")
    return parse(cls, params[name], name)
