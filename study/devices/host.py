"""Latency and memory on this machine. Each round is a fresh process running `measure_script.py`.

A device is a module with two functions. `prepare` says what it can measure, as measurements without rounds; `measure`
yields each measurement whenever a round has been added to it, so that the caller can save it at once and hand it back
in a later session.
"""

import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from study import latency, provenance
from study.errors import StudyError
from study.latency import FAILED, OK, PARTIAL, UNSTABLE, Job, Latency
from study.runtime import runtime_version
from study.specs.latency import LatencySpec

SCRIPT = Path(__file__).with_name("measure_script.py")
COOLING_SECONDS = 5.0
"""Rest before doubtful measurements are repeated, after all others are done."""


def prepare(models: Mapping[str, bytes], spec: LatencySpec, device: str) -> dict[Job, Latency]:
    """What can be measured here: each variant in each installed runtime; `all` threads only where there are several.

    Args:
        models: variant -> .tflite bytes.
        spec: section `latency` of params.yaml.
        device: its name in the study.
    """
    machine = provenance.machine()
    fixed = {name: machine[name] for name in ("cpu", "processors", "architecture", "long_bit")}
    versions: dict[str, str] = {runtime: version for runtime in spec.runtimes if (version := runtime_version(runtime))}
    counts = {asked: machine["processors"] if asked == "all" else int(asked) for asked in spec.threads}
    jobs = [Job(variant, runtime, threads, asked) for variant in models for runtime in versions
            for asked, threads in counts.items() if asked != "all" or threads > 1]
    return {job: Latency(job.variant, hashlib.sha256(models[job.variant]).hexdigest(), device, "measured", job.runtime,
                         versions[job.runtime], job.threads,
                         latency.key(models[job.variant], job, versions[job.runtime], spec, fixed)) for job in jobs}


def measure(models: Mapping[str, bytes], begun: Mapping[Job, Latency],
            spec: LatencySpec) -> Iterator[tuple[Job, Latency]]:
    """Add rounds until every measurement is complete: one process at a time, jobs in a new random order each round.

    A doubtful measurement is repeated once, after all others are done; its first rounds are kept beside the second.

    Args:
        models: variant -> .tflite bytes.
        begun: from `prepare`, or what an earlier session made of it. Only `partial` ones are worked on.
        spec: budget of a round, and the number of rounds.

    Yields:
        A job and its measurement with one more round: `partial`, at last `ok`, `unstable` or `failed`.
    """
    current = dict(begun)
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        paths = {variant: Path(folder) / f"{number}.tflite" for number, variant in enumerate(models)}
        for variant, path in paths.items():
            path.write_bytes(models[variant])
        for repeated in (False, True):
            if repeated and any(one.status == PARTIAL for one in current.values()):
                time.sleep(COOLING_SECONDS)
            for number in range(spec.rounds):
                order = [job for job in current if bool(current[job].earlier) == repeated]
                random.Random(f"{repeated}/{number}").shuffle(order)
                for job in order:
                    if current[job].status == PARTIAL and len(current[job].rounds) == number:
                        current[job] = _with_round(current[job], paths[job.variant], spec)
                        yield job, current[job]


def time_limit(spec: LatencySpec) -> float:
    """Seconds after which a measuring process hangs: three capped series, and loading."""
    return 4 * spec.max_seconds + 120


def _with_round(found: Latency, path: Path, spec: LatencySpec) -> Latency:
    """The measurement with one more round, judged if that was the last one."""
    try:
        answer = _run_script(path, found, spec)
        rounds = (*found.rounds, latency.round_of(answer))
    except StudyError as error:
        return replace(found, status=FAILED, flags=(str(error),))
    found = replace(found, rounds=rounds, delegate=str(answer.get("delegate")), context=dict(answer["context"]))
    if len(rounds) < spec.rounds:
        return found
    flags = latency.judge(rounds)
    if flags and not found.earlier:
        return replace(found, rounds=(), earlier=rounds)
    return replace(found, status=UNSTABLE if flags else OK, flags=flags)


def _run_script(path: Path, found: Latency, spec: LatencySpec) -> dict[str, Any]:
    """One answer of the measuring script, run in a fresh process that sees none of this project.

    Raises:
        StudyError: the process failed, crashed or hung, or does not answer as it should.
    """
    request = {"model": str(path), "model_sha256": found.model_sha256, "runtime": found.runtime,
               "threads": found.threads} | latency.budget(spec)
    limit = time_limit(spec)
    try:
        done = subprocess.run([sys.executable, "-I", str(SCRIPT)], input=json.dumps(request), text=True,
                              capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired as error:
        raise StudyError(f"{found.runtime}: no answer within {limit:g} s") from error
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise StudyError(f"{found.runtime}: the measuring process ended with code {done.returncode} ({last[0]})")
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise StudyError(f"{found.runtime}: the measuring process gave no JSON") from error
    if not isinstance(answer, dict) or "error" in answer:
        raise StudyError(f"{found.runtime}: {answer['error'] if isinstance(answer, dict) else 'unknown answer'}")
    return answer
