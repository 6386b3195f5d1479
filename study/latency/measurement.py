"""What a latency measurement is: raw samples, the memory beside them, the surroundings, and the summary of it.

A measurement is one model on one device, in one runtime with one thread count, over several rounds; each round is a
fresh process. `kind` says where the numbers come from: `measured`, `emulated` or `predicted`, never mixed.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from study.arrays import Ints
from study.errors import StudyError
from study.latency.samples import pack, unpack
from study.specs.latency import LatencySpec

END_TO_END_SHARE = 0.2
"""The second series (set_tensor + invoke + get_tensor) runs this share of the first one's invocations and seconds."""

SPREAD, DRIFT, LOAD = 1.25, 0.05, 0.25
"""Above these a run is flagged: p90 over median, difference of round medians, CPUs busy with something else."""

THREADS_DO_NOT_HELP = "threads_do_not_help"
PARTIAL, OK, UNSTABLE, FAILED = "partial", "ok", "unstable", "failed"
RESAMPLES = 10_000


@dataclass(frozen=True)
class Job:
    """One measurement to make. `threads` is a number; `asked` is what params.yaml says for it, a number or `all`.

    `variant` is the name of the level, and `signature` says which of its file's it is, where the file has several.
    """

    variant: str
    runtime: str
    threads: int
    asked: int | str
    signature: str | None = None

    @property
    def name(self) -> str:
        """Stem of the file that holds its document; as asked, so that it is known without knowing the device."""
        return f"{self.variant}__{self.runtime}__t{self.asked}"


@dataclass(frozen=True, eq=False)
class Round:
    """One fresh process. Samples int64 [n] in nanoseconds; memory in bytes; `surroundings` before and after."""

    invoke_ns: Ints
    end_to_end_ns: Ints
    private_bytes: int | None
    peak_rss_bytes: int | None
    empty_rss_bytes: int | None
    surroundings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Latency:
    """One measurement. `key` stands for everything that it depends on: with an equal key it need not be made again.

    `flags` say what is doubtful about it; a failed one says there why. `earlier` keeps the rounds of a first attempt
    that was flagged. `context` describes the machine. `computed` stands in place of rounds where nothing is timed: of
    a prediction `median_us`, `method` and constants, of an emulation its counts; empty for a measurement.
    """

    variant: str
    model_sha256: str
    device: str
    kind: str
    runtime: str
    runtime_version: str
    threads: int
    key: str
    delegate: str | None = None
    status: str = PARTIAL
    flags: tuple[str, ...] = ()
    rounds: tuple[Round, ...] = ()
    earlier: tuple[Round, ...] = ()
    context: dict[str, Any] = field(default_factory=dict)
    computed: dict[str, Any] = field(default_factory=dict)
    signature: str | None = None

    @property
    def complete(self) -> bool:
        """Whether there is a figure to publish; a failed measurement is worth another try."""
        return self.status in (OK, UNSTABLE)


def key(model: bytes, job: Job, runtime_version: str, spec: LatencySpec, machine: Mapping[str, Any]) -> str:
    """Identity of a measurement: model, runtime and version, threads, budget and machine; not the level's name."""
    parts = [
        hashlib.sha256(model).hexdigest(),
        job.runtime,
        runtime_version,
        job.threads,
        budget(spec),
        spec.rounds,
        dict(machine),
        *([job.signature] if job.signature else []),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def budget(spec: LatencySpec) -> dict[str, float]:
    """How long one round takes, as the measuring script is told."""
    return {
        "warmup_runs": spec.warmup_runs,
        "warmup_seconds": spec.warmup_seconds,
        "runs": spec.runs,
        "seconds": spec.seconds,
        "max_seconds": spec.max_seconds,
        "end_to_end_runs": max(3, math.ceil(spec.runs * END_TO_END_SHARE)),
        "end_to_end_seconds": spec.seconds * END_TO_END_SHARE,
    }


def request(path: str, found: Latency, spec: LatencySpec) -> dict[str, Any]:
    """What `devices/measure_script.py` is asked: one round of a measurement, of the model in the file `path`."""
    return {
        "model": path,
        "model_sha256": found.model_sha256,
        "runtime": found.runtime,
        "threads": found.threads,
        "signature": found.signature,
    } | budget(spec)


def round_of(answer: Any) -> Round:
    """The round in an answer of `study/latency/devices/measure_script.py`.

    Raises:
        StudyError: it is not such an answer; it may come from another machine.
    """
    try:
        memory = {
            name: None if answer[name] is None else int(answer[name])
            for name in ("private_bytes", "peak_rss_bytes", "empty_rss_bytes")
        }
        found = Round(
            unpack(answer["invoke_ns"]),
            unpack(answer["end_to_end_ns"]),
            surroundings=dict(answer["surroundings"]),
            **memory,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"a latency round lacks or mistakes {error}: measure again") from error
    if not len(found.invoke_ns) or (found.invoke_ns <= 0).any() or (found.end_to_end_ns <= 0).any():
        raise StudyError("a latency round has no samples, or samples that are not positive: measure again")
    return found


def resume(fresh: Latency, stored: Latency | None) -> Latency:
    """The stored measurement if it is the same one (equal key) and did not fail, else the fresh one."""
    return stored if stored and stored.key == fresh.key and stored.status in (PARTIAL, OK, UNSTABLE) else fresh


def remaining(found: Latency, rounds: int) -> int:
    """Rounds still to make for a measurement; that it may have to be repeated is not foreseen."""
    return rounds - len(found.rounds) if found.status == PARTIAL else 0


def judge(rounds: Sequence[Round]) -> tuple[str, ...]:
    """What is doubtful about a run. Nothing is ever deleted from it: a doubtful run is repeated, then published so."""
    flags = []
    medians = _medians(rounds)
    spread = max(float(np.percentile(r.invoke_ns, 90)) / m for r, m in zip(rounds, medians, strict=True))
    drift = float(medians.max() / medians.min()) - 1
    load = max(float(r.surroundings.get("other_cpus") or 0) for r in rounds)
    if spread > SPREAD:
        flags.append(f"p90 is {spread:.2f} of the median")
    if drift > DRIFT:
        flags.append(f"rounds differ by {drift:.1%}")
    if load > LOAD:
        flags.append(f"load: {load:.1f} CPUs busy with something else")
    return (*flags, *_limits(rounds))


def _limits(rounds: Sequence[Round]) -> list[str]:
    """What held a board back: too warm at the start, throttled, a clock that is not the nominal one.

    `throttled` are the bits of `vcgencmd get_throttled`: 0-3 hold now, 16-19 since the start, so that only those count
    which a round sets (Raspberry Pi documentation, vcgencmd). The clock counts under the performance governor.
    """
    flags = []
    for one in rounds:
        before, after = (dict(one.surroundings.get(moment) or {}) for moment in ("before", "after"))
        old, new = before.get("throttled") or 0, after.get("throttled") or 0
        clock, nominal = after.get("arm_mhz"), after.get("nominal_mhz")
        if (old | new) & 0xF or (new & ~old) >> 16 & 0xF:
            flags.append(f"throttled: bits {old:#x} before, {new:#x} after")
        if clock and nominal and after.get("governor") == "performance" and abs(clock / nominal - 1) > DRIFT:
            flags.append(f"clock: {clock:.0f} in place of {nominal:.0f} MHz")
        if one.surroundings.get("cooled") is False:
            flags.append("warm: the processor did not cool down before a round")
    return list(dict.fromkeys(flags))


def compare_threads(measured: Mapping[Job, Latency]) -> dict[Job, Latency]:
    """Measurements of one device whose flag changes: several threads are quoted only where they beat one."""
    known = {job: found for job, found in measured.items() if found.complete and found.rounds}
    alone = {(job.variant, job.runtime): found for job, found in known.items() if job.threads == 1}
    changed = {}
    for job, found in known.items():
        one = alone.get((job.variant, job.runtime))
        if job.threads == 1 or one is None:
            continue
        flags = tuple(flag for flag in found.flags if flag != THREADS_DO_NOT_HELP)
        if np.median(_medians(found.rounds)) >= np.median(_medians(one.rounds)):
            flags += (THREADS_DO_NOT_HELP,)
        if flags != found.flags:
            changed[job] = replace(found, flags=flags)
    return changed


def summarise(document: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of a stored measurement, in microseconds.

    Returns `n` (samples of invoke), `rounds`, `median_us` (median over rounds of the round medians), `ci_low_us` and
    `ci_high_us` (95 % percentile bootstrap over rounds), `p90_us` (of all samples), `end_to_end_us` (as the median,
    with input and output copied). None in place of figures where there are no samples; a prediction has its time alone.
    """
    found = from_document(document)
    rounds = found.rounds
    if not rounds:
        empty = dict.fromkeys(("median_us", "ci_low_us", "ci_high_us", "p90_us", "end_to_end_us"))
        return {"n": 0, "rounds": 0} | empty | {"median_us": found.computed.get("median_us")}
    medians = _medians(rounds) / 1e3
    draws = np.random.default_rng(0).choice(medians, (RESAMPLES, len(medians)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    pooled = np.concatenate([one.invoke_ns for one in rounds])
    whole = [float(np.median(one.end_to_end_ns)) for one in rounds if len(one.end_to_end_ns)]
    return {
        "n": len(pooled),
        "rounds": len(rounds),
        "median_us": float(np.median(medians)),
        "ci_low_us": float(low),
        "ci_high_us": float(high),
        "p90_us": float(np.percentile(pooled, 90)) / 1e3,
        "end_to_end_us": float(np.median(whole)) / 1e3 if whole else None,
    }


def to_document(latency: Latency) -> dict[str, Any]:
    """JSON-ready mapping; samples are packed (`study.latency.samples`), memory is the median over rounds."""
    whole: dict[str, Any] = {name: getattr(latency, name) for name in latency.__dataclass_fields__}
    for name in ("private_bytes", "peak_rss_bytes", "empty_rss_bytes"):
        known = [getattr(one, name) for one in latency.rounds if getattr(one, name) is not None]
        whole[name] = int(np.median(known)) if known else None
    whole["flags"] = list(latency.flags)
    for name in ("rounds", "earlier"):
        whole[name] = [
            vars(one) | {"invoke_ns": pack(one.invoke_ns), "end_to_end_ns": pack(one.end_to_end_ns)}
            for one in getattr(latency, name)
        ]
    return whole


def from_document(document: Mapping[str, Any]) -> Latency:
    """The measurement in a stored document; a missing `earlier`, `context` or `key` is empty.

    Raises:
        StudyError: the document is damaged.
    """
    try:
        values = {name: document[name] for name in Latency.__dataclass_fields__ if name in document}
        values |= {
            name: tuple(
                round_of(
                    {
                        "surroundings": {},
                        "private_bytes": None,
                        "peak_rss_bytes": None,
                        "empty_rss_bytes": None,
                        "end_to_end_ns": [],
                    }
                    | dict(one)
                )
                for one in document.get(name) or ()
            )
            for name in ("rounds", "earlier")
        }
        return Latency(**{"key": ""} | values | {"flags": tuple(document.get("flags") or ())})
    except (TypeError, ValueError, AttributeError) as error:
        raise StudyError(f"a latency document is damaged ({error}): delete it and measure again") from error


def _medians(rounds: Sequence[Round]) -> Any:
    """Median invoke time of each round, nanoseconds, [rounds]."""
    return np.array([np.median(one.invoke_ns) for one in rounds])
