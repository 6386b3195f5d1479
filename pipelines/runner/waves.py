"""The study's stages in their order, and which of them are out of date.

DVC runs one stage at a time, but several of its processes may run stages of one project as long as no two
touch the same file. So the graph is walked in waves: all trainings, then all compressions, then those of networks that
were compressed before, and so on. Each wave asks DVC what is out of date and hands that to an executor. What follows
runs here, one by one: encoding and robustness (which spread over the processors by themselves), latency and profiles,
which nothing may disturb, and the report.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.files import NOTE, read_yaml
from pipelines.runner import local
from pipelines.runner.executor import Executor, Result
from study.errors import StudyError

LATENCY = Path("artifacts/latency")
WAVES = (
    ("train", "trained"),
    ("pretrained", "pretrained"),
    ("adopt", "adopted"),
    ("compress", "compressed"),
    ("export", "exported"),
    ("diagnose", "diagnosed"),
    ("evaluate", "evaluated"),
)
"""Kind of stage, its table in plan.yaml."""
LAST = ("report", "ship")


def run(executor: Executor) -> None:
    """Walk the graph. A failed cell does not stop the others of its wave; the walk ends after it.

    Raises:
        StudyError: stages failed; the message names them and the log of each.
    """
    _here(["plan", "data"], "data")
    plan = read_yaml("plan.yaml")
    for kind, table in WAVES:
        for keys in turns(plan.get(table) or {}):
            _wave(executor, kind, _stale([f"{kind}@{key}" for key in keys]))
    skipped = [f"latency@{key}" for key in plan["devices"] if (LATENCY / key / NOTE).exists()]
    _here(skipped, "latency", "--force")  # nothing that DVC looks at has changed, but the device may be back
    measured = ["encode", "robustness", *(f"latency@{key}" for key in plan["devices"]), "profiles"]
    stale = _stale([*measured, *LAST])
    for stage in measured:
        if stage in stale:
            _here([stage], stage)  # each in a call of its own, so that the journal tells them apart
    _here(LAST if stale else [], "the report")


def turns(cells: Mapping[str, Mapping[str, object]]) -> list[list[str]]:
    """Keys of a table in turns: a cell whose `base` is of the same table comes after that one."""
    left, found = dict(cells), list[list[str]]()
    while left:
        ready = [key for key, cell in left.items() if cell.get("base") not in left]
        if not ready:
            raise StudyError("plan.yaml: cells are made of each other: run `make plan`, then start again")
        found.append(ready)
        left = {key: cell for key, cell in left.items() if key not in ready}
    return found


def _stale(stages: Sequence[str]) -> list[str]:
    if not stages:
        return []
    done = subprocess.run([*local.DVC, "status", "--json", *stages], capture_output=True, text=True)
    if done.returncode:
        raise StudyError(f"dvc status failed: {_last_line(done.stderr)}")
    changed = json.loads(done.stdout)
    return [stage for stage in stages if stage in changed]


def _wave(executor: Executor, kind: str, stages: Sequence[str]) -> None:
    if not stages:
        return
    failed = sorted(
        (result for result in executor.run(stages) if result.code), key=lambda result: stages.index(result.stages[0])
    )
    if any(result.log is None for result in failed):
        raise _above(kind)
    if failed:
        count = sum(len(_names(result)) for result in failed)
        raise StudyError(f"{count} of {len(stages)} failed: {'; '.join(map(_reason, failed))}")


def _here(stages: Sequence[str], what: str, *options: str) -> None:
    if stages and local.repro(stages, *options):
        raise _above(what)


def _above(what: str) -> StudyError:
    return StudyError(f"{what} failed (the lines above say why): mend it and run the same command again")


def _reason(result: Result) -> str:
    return f"{' '.join(_names(result))} ({_last_line(_text(result))}; whole log: {result.log})"


def _names(result: Result) -> Sequence[str]:
    """The stages that DVC's closing line quotes; all of the call's where DVC itself ended early."""
    closing = "".join(line for line in _text(result).splitlines() if "failed to reproduce" in line)
    return [stage for stage in result.stages if f"'{stage}'" in closing] or result.stages


def _text(result: Result) -> str:
    return result.log.read_text(errors="replace") if result.log else ""


def _last_line(text: str) -> str:
    lines = [line for line in text.replace("\r", "\n").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    return (errors[:1] or lines[-1:] or ["no message"])[0]
