"""`make study`: the same as `dvc repro`, with cells of one kind side by side.

DVC runs one stage at a time, but several of its processes may run stages of one project as long as no two
touch the same file. So the graph is walked in waves: all trainings, then all compressions, and so on. Each
wave asks DVC what is out of date and hands that to `jobs` processes. What follows measures times, so it runs one
by one: encoding and robustness (which spread over the processors by themselves), latency, report. A journal of what
each call took stands beside the report: reports/wall_times.csv.
"""

import argparse
import fcntl
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

from tqdm import tqdm

from pipelines import cli, wall_times, workspace
from pipelines.files import NOTE, read_yaml, write_bytes
from study.errors import StudyError

WORK = Path(".work")
LATENCY = Path("artifacts/latency")
LOCK = Path("dvc.lock")
DVC = (sys.executable, "-m", "dvc")
# Kind of stage, its table in plan.yaml, how many cells one DVC process takes at most (its start costs seconds).
WAVES = (
    ("train", "trained", 1),
    ("compress", "compressed", 1),
    ("export", "exported", 4),
    ("diagnose", "diagnosed", 1),
    ("evaluate", "exported", 4),
)
LAST = ("report", "ship")


def main() -> None:
    """Run the waves, then what measures times, then the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1, help="cells side by side (default %(default)s)")
    parser.add_argument("--preset", help="first make params.yaml that of this preset")
    options = parser.parse_args()
    if options.jobs < 1:
        raise StudyError(f"JOBS is {options.jobs}: give a number from 1 on")
    with _alone():
        if options.preset:
            adopt(options.preset)
        run(options.jobs)
    print(f"report: {Path('reports/index.html').resolve()}")


def adopt(name: str) -> None:
    """Make params.yaml that of a preset and plan.yaml with it; changes of one's own are not overwritten."""
    wanted, params = workspace.preset(name), Path("params.yaml")
    now = read_yaml(params) if params.exists() else None
    if now != read_yaml(wanted):
        if params.exists() and now not in [read_yaml(path) for path in wanted.parent.glob("*.yaml")]:
            raise StudyError(
                f"params.yaml has changes of its own, which preset '{name}' would overwrite: "
                "run `make study` without PRESET, or move params.yaml away"
            )
        write_bytes(params, wanted.read_bytes())
    if subprocess.run([sys.executable, "-m", "pipelines.plan"]).returncode:
        raise StudyError("planning failed: the lines above say why")


def run(jobs: int) -> None:
    """Walk the graph. A failed cell does not stop the others of its wave; the walk ends after it."""
    _repro(["plan", "data"], "data", jobs)
    plan = read_yaml("plan.yaml")
    for kind, table, most in WAVES:
        stale = _stale([f"{kind}@{key}" for key in plan[table]])
        if jobs == 1:
            _repro(stale, kind, jobs, "--keep-going")
        else:
            _wave(kind, stale, min(most, math.ceil(len(stale) / jobs)), jobs)
    skipped = [f"latency@{key}" for key in plan["devices"] if (LATENCY / key / NOTE).exists()]
    _repro(skipped, "latency", jobs, "--force")  # nothing that DVC looks at has changed, but the device may be back
    measured = ["encode", "robustness", *(f"latency@{key}" for key in plan["devices"])]
    stale = _stale([*measured, *LAST])
    for stage in measured:
        if stage in stale:
            _repro([stage], stage, jobs)  # each in a call of its own, so that the journal tells them apart
    _repro(LAST if stale else [], "the report", jobs)
    wall_times.publish()


def _stale(stages: Sequence[str]) -> list[str]:
    if not stages:
        return []
    done = subprocess.run([*DVC, "status", "--json", *stages], capture_output=True, text=True)
    if done.returncode:
        raise StudyError(f"dvc status failed: {_last_line(done.stderr)}")
    changed = json.loads(done.stdout)
    return [stage for stage in stages if stage in changed]


def _wave(kind: str, stages: Sequence[str], size: int, jobs: int) -> None:
    if not stages:
        return
    chunks = [stages[start : start + size] for start in range(0, len(stages), size)]
    failed, reasons = 0, []
    with ThreadPoolExecutor(jobs) as pool, tqdm(total=len(stages), desc=kind, unit="cell") as bar:
        for chunk, log, code in pool.map(_logged, chunks, repeat(jobs)):
            bar.update(len(chunk))
            if code:
                text = log.read_text(errors="replace")
                names = _failed(chunk, text)
                failed += len(names)
                reasons.append(f"{' '.join(names)} ({_last_line(text)}; whole log: {log})")
    if failed:
        raise StudyError(f"{failed} of {len(stages)} failed: {'; '.join(reasons)}")


def _logged(chunk: Sequence[str], jobs: int) -> tuple[Sequence[str], Path, int]:
    log = WORK / "logs" / f"{chunk[0].replace('@', '.')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        command = [*DVC, "--wait-for-lock", "repro", "--keep-going", "-s", *chunk]
        clock = wall_times.start()
        code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode
        wall_times.record(clock, chunk, jobs, bool(code))
        return chunk, log, code


def _repro(stages: Sequence[str], what: str, jobs: int, *options: str) -> None:
    if not stages:
        return
    clock, before = wall_times.start(), _written(LOCK)
    code = subprocess.run([*DVC, "--wait-for-lock", "repro", *options, "-s", *stages]).returncode
    if code or "--force" in options or _written(LOCK) != before:  # else there was nothing to do
        wall_times.record(clock, stages, 1, bool(code))
    if code:
        again = f"make study JOBS={jobs}" if jobs > 1 else "make study"
        raise StudyError(f"{what} failed (the lines above say why): mend it and run `{again}` again")


def _written(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


def _failed(chunk: Sequence[str], log: str) -> Sequence[str]:
    """The cells that DVC's closing line quotes; all of the chunk where DVC itself ended early."""
    closing = "".join(line for line in log.splitlines() if "failed to reproduce" in line)
    return [stage for stage in chunk if f"'{stage}'" in closing] or chunk


def _last_line(text: str) -> str:
    lines = [line for line in text.replace("\r", "\n").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    return (errors[:1] or lines[-1:] or ["no message"])[0]


@contextmanager
def _alone() -> Iterator[None]:
    """Two runs in one project would wait for each other's stages, then do them again: refuse the second."""
    WORK.mkdir(exist_ok=True)
    handle = os.open(WORK / "study.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = os.read(handle, 20).decode() or "?"
        raise StudyError(f"another study runs in this folder (process {pid}): wait for it or stop it") from error
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    try:
        yield
    finally:
        os.close(handle)


if __name__ == "__main__":
    cli.run(main)
