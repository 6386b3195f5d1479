"""Stage `latency`: measure the plan's variants on one device, all in one session, alone on this machine.

The output folder is its own journal: a measurement is saved after each round, and what is complete, with the same
model, runtime, budget and machine (the host's since its last start), is not made again. Entries that have left the plan
are deleted. A device that cannot be reached, or fails on the way, is noted in `device.json` and never stops the study.
"""

import argparse
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from pipelines import cli, files
from pipelines.params import section
from study.errors import StudyError
from study.latency.devices import DEVICES
from study.latency.devices.target import DeviceUnderTest, sample
from study.latency.faults import Fault
from study.latency.measurement import (
    FAILED,
    UNSTABLE,
    Job,
    Latency,
    compare_threads,
    from_document,
    remaining,
    resume,
    to_document,
)
from study.registry import load
from study.specs.latency import LatencySpec
from study.tflite.compatibility import unsupported
from study.tflite.facts import read


def main() -> None:
    """Select by the plan, measure, save after each round."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.latency", description=__doc__)
    parser.add_argument("--device", required=True, help="key of the plan's `devices`")
    for name in ("plan", "params", "tflite", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--images", type=Path, help="npz whose `images` a device's answers are compared on")
    parser.add_argument(
        "--lock",
        type=Path,
        default=Path(tempfile.gettempdir()) / "latency-measurement.lock",
        help="file whose lock keeps two measurements apart; default: one for the whole machine",
    )
    args = parser.parse_args()
    plan, spec = files.read_yaml(args.plan), section(args.params, "latency", LatencySpec)
    if args.device not in plan["devices"]:
        raise StudyError(f"{args.plan} has no device '{args.device}': add it to grid.devices, then `make plan`")
    settings = plan["devices"][args.device]
    contents = {name: files.read_bytes(args.tflite / f"{name}.tflite") for name in plan["exported"]}
    models = {level: contents[cell["file"]] for level, cell in plan["evaluated"].items()}
    apart = {level: cell["signature"] for level, cell in plan["evaluated"].items() if level != cell["file"]}
    target = DeviceUnderTest(args.device, settings, signatures=apart)
    if args.images:
        target = replace(target, images=sample(files.read_npz(args.images)["images"]))
    try:
        with _alone(args.lock):
            _session(args.out, models, spec, target)
    except Fault as fault:
        files.write_json(args.out / files.NOTE, {"device": args.device, "status": fault.status, "said": str(fault)})
        print(
            f"note: {args.device} ({fault.status}): {fault}\n"
            f"note: the study goes on without what is missing; to measure it: `make study`, or "
            f"`dvc repro --force --single-item latency@{args.device}`",
            file=sys.stderr,
        )
    else:
        (args.out / files.NOTE).unlink(missing_ok=True)


def _session(out: Path, models: Mapping[str, bytes], spec: LatencySpec, target: DeviceUnderTest) -> None:
    """Measure what is not measured yet.

    Raises:
        Fault: the device cannot go on; what it measured is saved.
    """
    module = target.settings["device"]
    found: dict[Job, Latency] = load(DEVICES, module, "prepare")(models, spec, target)
    if not found:
        raise StudyError(f"none of {', '.join(spec.runtimes)} is installed: pip install ai-edge-litert")
    paths = {job: out / f"{job.name}.json" for job in found}
    _forget(out, paths)
    summaries = {variant: read(model) for variant, model in models.items()}
    for job, fresh in found.items():
        if refused := unsupported(summaries[job.variant], job.runtime):
            found[job] = replace(fresh, status=FAILED, flags=(f"it cannot execute {', '.join(refused)}",))
            files.write_json(paths[job], to_document(found[job]))
        else:
            found[job] = resume(fresh, _stored(paths[job]))
    with tqdm(desc=f"latency on {target.name}", unit="round", disable=None) as bar:
        target = replace(target, progress=bar.set_postfix_str)
        bar.total = sum(remaining(one, spec.rounds) for one in found.values())
        for job, one in load(DEVICES, module, "measure")(models, found.copy(), spec, target):
            found[job] = one
            files.write_json(paths[job], to_document(one))
            bar.total = bar.n + 1 + sum(remaining(each, spec.rounds) for each in found.values())
            bar.update()
    for job, one in compare_threads(found).items():
        found[job] = one
        files.write_json(paths[job], to_document(one))
    _say(spec, found)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock, or refuse: two measurements side by side would both be wrong."""
    try:
        handle = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        handle = os.open(lock, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyError(
                "another latency measurement is running on this machine: wait until it is done, "
                "then run the same command again"
            ) from error
        yield
    finally:
        os.close(handle)


def _forget(folder: Path, paths: Mapping[Job, Path]) -> None:
    """Delete entries that the plan or params.yaml no longer asks for."""
    for path in set(folder.glob("*.json")) - {*paths.values(), folder / files.NOTE}:
        path.unlink()


def _stored(path: Path) -> Latency | None:
    """What an earlier session left of a measurement; a damaged entry is as good as none."""
    try:
        return from_document(files.read_json(path)) if path.exists() else None
    except StudyError:
        return None


def _say(spec: LatencySpec, found: Mapping[Job, Latency]) -> None:
    kinds = {one.kind for one in found.values()}
    absent = [runtime for runtime in spec.runtimes if all(job.runtime != runtime for job in found)]
    doubtful = sum(one.status == UNSTABLE for one in found.values())
    if kinds != {"measured"}:
        made = "predictions" if kinds == {"predicted"} else "emulations"
        methods = sorted({one.computed["method"] for one in found.values() if "method" in one.computed})
        print(f"latency: {len(found)} {made}, nothing timed" + "".join(f"; {method}" for method in methods))
    else:
        print(
            f"latency: {len(found)} measurements, {doubtful} of them unstable"
            + (f"; not installed, so not measured: {', '.join(absent)}" if absent else "")
        )
    for job, one in found.items():
        if not one.complete:
            print(f"{one.status}: {job.name}: {'; '.join(one.flags)}")


if __name__ == "__main__":
    cli.run(main)
