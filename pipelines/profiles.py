"""Stage `profiles`: what the levels of each file of several take on this machine when they share one process.

First calls, calls right after another level's, and memory, in each runtime: as `pipelines.levels measure` does with one
thread. Made where the plan measures on this machine (device `host`). The output
folder is its own journal: the profile of the same file in the same runtime on the same machine is not made again;
profiles that have left the plan are deleted.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines import cli, files
from pipelines.levels_measure import machine, profile_of
from pipelines.measuring import alone
from pipelines.params import section
from study.errors import StudyError
from study.manager.profile import Profile, Setting, from_document, to_document
from study.plan.cells import variant_of
from study.specs.latency import LatencySpec
from study.tflite.compatibility import unsupported
from study.tflite.facts import read
from study.tflite.run import runtime_version

HOST = "host"


def main() -> None:
    """Select by the plan, measure what has no profile, save after each."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.profiles", description=__doc__)
    for name in ("plan", "params", "tflite", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    paths = parser.parse_args()
    plan, spec = files.read_yaml(paths.plan), section(paths.params, "latency", LatencySpec)
    paths.out.mkdir(parents=True, exist_ok=True)
    wanted = {paths.out / f"{name}__{runtime}.json": (name, runtime) for name, runtime in _wanted(plan, spec, paths)}
    for path in set(paths.out.glob("*.json")) - set(wanted):
        path.unlink()
    made = 0
    with alone(), tqdm(wanted.items(), desc="profiles of levels", unit="file", disable=None) as bar:
        for path, (name, runtime) in bar:
            tflite = paths.tflite / f"{name}.tflite"
            if _current(path, tflite, runtime):
                continue
            files.write_json(path, to_document(profile_of(tflite, runtime, [Setting()], spec.seconds)))
            made += 1
    print(f"profiles: {made} of {len(wanted)} measured, the others were up to date")


def _wanted(plan: Any, spec: LatencySpec, paths: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """File and runtime of each profile."""
    if all(device["device"] != HOST for device in plan["devices"].values()):
        return
    for name, cell in plan["exported"].items():
        if len(variant_of(name, cell).levels) > 1:
            summary = read(files.read_bytes(paths.tflite / f"{name}.tflite"))
            for runtime in spec.runtimes:
                if runtime_version(runtime) and not unsupported(summary, runtime):
                    yield name, runtime


def _current(path: Path, tflite: Path, runtime: str) -> bool:
    """Whether this file's profile was made here; a damaged one is as good as none."""
    try:
        profile: Profile | None = from_document(files.read_json(path)) if path.exists() else None
    except StudyError:
        return False
    return profile is not None and (profile.model_sha256, profile.runtime_version, profile.machine) == (
        files.file_digest(tflite),
        runtime_version(runtime),
        machine(),
    )


if __name__ == "__main__":
    cli.run(main)
