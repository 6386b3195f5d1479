"""What a device measures, in which order, and what becomes of a measurement with each round."""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from study.errors import StudyError
from study.latency import measurement
from study.latency.devices.target import DeviceUnderTest
from study.latency.faults import GARBLED, DeviceFault, Fault
from study.latency.measurement import FAILED, OK, PARTIAL, UNSTABLE, Job, Latency
from study.specs.latency import LatencySpec

Ask = Callable[[Job, Latency], dict[str, Any]]


def planned(
    models: Mapping[str, bytes],
    spec: LatencySpec,
    target: DeviceUnderTest,
    processors: int,
    versions: Mapping[str, str],
    machine: Mapping[str, Any],
    kind: str = "measured",
    context: Mapping[str, Any] | None = None,
) -> dict[Job, Latency]:
    """Each level in each runtime, with no round yet; `all` threads only where there are several.

    Args:
        models: level -> bytes of its .tflite file.
        spec: section `latency` of params.yaml.
        target: the device; thread counts of its own go before those of `spec`.
        processors: how many it has.
        versions: runtime -> version, of those that it has.
        machine: what its times depend on beside model, runtime and budget.
        kind: `measured`, or `emulated` where times mean nothing.
        context: what is known of it beforehand.
    """
    threads = target.settings.get("threads") or spec.threads
    counts = {asked: processors if asked == "all" else int(asked) for asked in threads}
    jobs = [
        Job(variant, runtime, count, asked, target.signatures.get(variant))
        for variant in models
        for runtime in versions
        for asked, count in counts.items()
        if asked != "all" or count > 1
    ]
    return {
        job: Latency(
            job.variant,
            hashlib.sha256(models[job.variant]).hexdigest(),
            target.name,
            kind,
            job.runtime,
            versions[job.runtime],
            job.threads,
            measurement.key(models[job.variant], job, versions[job.runtime], spec, machine),
            context=dict(context or {}),
            signature=job.signature,
        )
        for job in jobs
    }


def in_rounds(
    begun: Mapping[Job, Latency], spec: LatencySpec, ask: Ask, rest: Callable[[], None]
) -> Iterator[tuple[Job, Latency]]:
    """Add rounds until every measurement is complete: one at a time, jobs in a new random order each round.

    A doubtful measurement is repeated once, after all others are done; its first rounds are kept beside the second.

    Args:
        begun: what is to be measured, as far as it is. Only `partial` ones are worked on.
        spec: the number of rounds.
        ask: makes one round, gives the answer of `measure_script.py`.
        rest: waits before doubtful ones are repeated.

    Yields:
        A job and its measurement with one more round: `partial`, at last `ok`, `unstable` or `failed`.

    Raises:
        DeviceFault: from `ask`; what was yielded stands.
    """
    current = dict(begun)
    for repeated in (False, True):
        if repeated and any(one.status == PARTIAL for one in current.values()):
            rest()
        for number in range(spec.rounds):
            order = [job for job in current if bool(current[job].earlier) == repeated]
            random.Random(f"{repeated}/{number}").shuffle(order)
            for job in order:
                if current[job].status == PARTIAL and len(current[job].rounds) == number:
                    current[job] = _with_round(job, current[job], spec, ask)
                    yield job, current[job]


def time_limit(spec: LatencySpec) -> float:
    """Seconds after which a measuring process hangs: three capped series, and loading."""
    return 4 * spec.max_seconds + 120


def _with_round(job: Job, found: Latency, spec: LatencySpec, ask: Ask) -> Latency:
    """The measurement with one more round, judged if that was the last one."""
    try:
        answer = ask(job, found)
    except DeviceFault:
        raise
    except StudyError as error:
        return replace(found, status=error.status if isinstance(error, Fault) else FAILED, flags=(str(error),))
    try:
        rounds, context = (*found.rounds, measurement.round_of(answer)), dict(answer["context"])
    except (StudyError, KeyError, TypeError, ValueError) as error:
        return replace(found, status=GARBLED, flags=(f"{found.runtime}: an answer that cannot be read ({error})",))
    found = replace(found, rounds=rounds, delegate=str(answer.get("delegate")), context=found.context | context)
    if len(rounds) < spec.rounds:
        return found
    flags = measurement.judge(rounds)
    if flags and not found.earlier:
        return replace(found, rounds=(), earlier=rounds)
    return replace(found, status=UNSTABLE if flags else OK, flags=flags)
