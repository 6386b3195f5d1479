"""Stages on this machine: one call of DVC on the terminal, or several side by side with a log each.

Each call that runs something is a line of the journal (pipelines/wall_times.py).
"""

import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from pipelines import wall_times
from pipelines.runner.executor import Result

DVC = (sys.executable, "-m", "dvc")
LOCK = Path("dvc.lock")
LOGS = Path(".work/logs")
MOST = {"export": 4, "evaluate": 4}
"""How many cells of a kind one call takes at most, 1 where it is not named: a call's start costs seconds."""


@dataclass(frozen=True)
class Local:
    """Executor of `jobs` calls of DVC side by side; a single one writes to the terminal."""

    jobs: int

    def run(self, stages: Sequence[str]) -> Iterator[Result]:
        """As `Executor.run`; stages are of one kind."""
        if self.jobs == 1:
            yield Result(stages, repro(stages, "--keep-going"), None)
            return
        kind = stages[0].partition("@")[0]
        size = min(MOST.get(kind, 1), math.ceil(len(stages) / self.jobs))
        chunks = [stages[start : start + size] for start in range(0, len(stages), size)]
        with ThreadPoolExecutor(self.jobs) as pool, tqdm(total=len(stages), desc=kind, unit="cell") as bar:
            try:
                for task in as_completed([pool.submit(_logged, chunk, self.jobs) for chunk in chunks]):
                    bar.update(len(task.result().stages))
                    yield task.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C no further one begins


def repro(stages: Sequence[str], *options: str) -> int:
    """Bring stages up to date in one call of DVC, which writes to the terminal; returns its exit code."""
    clock, before = wall_times.start(), _written(LOCK)
    code = subprocess.run([*DVC, "--wait-for-lock", "repro", *options, "-s", *stages]).returncode
    if code or "--force" in options or _written(LOCK) != before:  # else there was nothing to do
        wall_times.record(clock, stages, 1, bool(code))
    return code


def _logged(stages: Sequence[str], jobs: int) -> Result:
    log = LOGS / f"{stages[0].replace('@', '.')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        command = [*DVC, "--wait-for-lock", "repro", "--keep-going", "-s", *stages]
        clock = wall_times.start()
        code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode
        wall_times.record(clock, stages, jobs, bool(code))
        return Result(stages, code, log)


def _written(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None
