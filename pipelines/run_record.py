"""The record of a run: the params.yaml, plan.yaml and dvc.lock that it ended with, in one folder."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines import files
from pipelines.digests import digest
from pipelines.runner.waves import WAVES
from study.errors import StudyError

RECORD = ("params.yaml", "plan.yaml", "dvc.lock")


def stages(lock: Path) -> Mapping[str, Any]:
    """The stages that a dvc.lock names.

    Raises:
        StudyError: it is damaged.
    """
    content = files.read_yaml(lock)
    if not isinstance(content, dict):
        raise StudyError(f"{lock} is empty or damaged: take it from version control again")
    found: Mapping[str, Any] = content.get("stages") or {}
    return found


def outputs(found: Mapping[str, Any]) -> list[Any]:
    """The outputs of stages, metrics included: each has a `path` and an `md5`."""
    return [out for stage in found.values() for out in stage.get("outs", [])]


def planned(folder: Path) -> Mapping[str, Any]:
    """The stages in a run's dvc.lock that its plan has: those of an earlier plan stay in the file."""
    plan = files.read_yaml(folder / "plan.yaml")
    if not isinstance(plan, dict):
        raise StudyError(f"{folder / 'plan.yaml'} is empty or damaged: take it from version control again")
    cells = {f"{kind}@{key}" for kind, table in (*WAVES, ("latency", "devices")) for key in plan.get(table) or {}}
    return {name: stage for name, stage in stages(folder / "dvc.lock").items() if "@" not in name or name in cells}


def record(folder: Path) -> Iterator[str]:
    """What does not belong together of the params, plan and lock of a run; a line each."""
    lost = [
        f"{folder / name} is missing: {folder} needs {', '.join(RECORD)} of its run"
        for name in RECORD
        if not (folder / name).exists()
    ]
    if lost:
        yield from lost
        return
    made, params = planned(folder).values(), files.read_yaml(folder / "params.yaml")
    plans = {dep["md5"] for stage in made for dep in stage.get("deps", []) if dep["path"] == "plan.yaml"}
    if plans != {digest(folder / "plan.yaml")}:
        yield f"{folder / 'plan.yaml'} is not the plan that the dvc.lock beside it names"
    for key in dict.fromkeys(key for stage in made for key, value in _asked(stage) if _value(params, key) != value):
        yield f"{folder / 'params.yaml'}: {key} is not what the dvc.lock beside it names"


def _asked(stage: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Key and value of what a stage read of params.yaml."""
    values: Mapping[str, Any] = (stage.get("params") or {}).get("params.yaml") or {}
    return values.items()


def _value(params: Any, key: str) -> Any:
    for step in key.split("."):
        params = params.get(step) if isinstance(params, dict) else None
    return params
