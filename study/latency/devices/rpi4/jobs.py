"""What the emulated and the predicted device share: their list of jobs, and working on several at a time."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import Any

from study.errors import StudyError
from study.latency.devices.target import DeviceUnderTest
from study.latency.measurement import FAILED, OK, PARTIAL, Job, Latency

RUNTIME, VERSION = "tflite_runtime", "2.14.0"
"""The interpreter whose times the published figures could validate; the last of its line."""


def prepare(
    models: Mapping[str, bytes], target: DeviceUnderTest, kind: str, pairs: Sequence[tuple[str, int]], made_of: Any
) -> dict[Job, Latency]:
    """One job a level, runtime and thread count.

    Args:
        models: level -> bytes of its .tflite file.
        target: the device as the plan names it.
        kind: `emulated` or `predicted`.
        pairs: runtimes and threads that the device covers.
        made_of: JSON-ready, all that the result depends on beside the model.
    """
    found = {}
    for variant, model in models.items():
        digest = hashlib.sha256(model).hexdigest()
        for runtime, threads in pairs:
            job = Job(variant, runtime, threads, threads, target.signatures.get(variant))
            own = [job.signature] if job.signature else []
            parts = json.dumps([digest, kind, runtime, threads, made_of, *own], sort_keys=True)
            version = VERSION if runtime == RUNTIME else "unknown"
            key = hashlib.sha256(parts.encode()).hexdigest()
            found[job] = Latency(
                variant, digest, target.name, kind, runtime, version, threads, key, signature=job.signature
            )
    return found


def work_through(begun: Mapping[Job, Latency], one: Callable[[Job, Latency], Latency]) -> Iterator[tuple[Job, Latency]]:
    """Yield each open job, done or failed, as soon as it is; as many at a time as there are processors.

    They start processes and wait for them, and nothing is timed, so they may run side by side.
    """
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        running = {pool.submit(one, job, found): job for job, found in begun.items() if found.status == PARTIAL}
        try:
            for done in as_completed(running):
                job = running[done]
                try:
                    yield job, replace(done.result(), status=OK)
                except StudyError as error:
                    yield job, replace(begun[job], status=FAILED, flags=(str(error),))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
