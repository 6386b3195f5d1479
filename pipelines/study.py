"""`make study`: the same as `dvc repro`, with cells of one kind side by side.

Which stages run in which order is told in pipelines/runner/waves.py. A journal of what each call of DVC took stands
beside the report: reports/wall_times.csv.
"""

import argparse
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines import cli, wall_times, workspace
from pipelines.files import read_yaml, write_bytes
from pipelines.runner import waves
from pipelines.runner.local import Local
from study.errors import StudyError

WORK = Path(".work")


def main() -> None:
    """Adopt the preset, walk the graph, publish the journal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1, help="cells side by side (default %(default)s)")
    parser.add_argument("--preset", help="first make params.yaml that of this preset")
    options = parser.parse_args()
    if options.jobs < 1:
        raise StudyError(f"JOBS is {options.jobs}: give a number from 1 on")
    with _alone():
        if options.preset:
            adopt(options.preset)
        waves.run(Local(options.jobs))
        wall_times.publish()
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
