"""The session's logic, with scripts in place of the real one: each run appends a line to a log and answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from study.latency.devices import host
from study.latency.devices.target import DeviceUnderTest
from study.latency.faults import GARBLED
from study.latency.measurement import FAILED, OK, PARTIAL, UNSTABLE, Job, Latency
from study.specs.latency import LatencySpec
from study.tflite.run import RUNTIMES

HOST = DeviceUnderTest("host")
SPEC = LatencySpec(
    runtimes=["ai_edge_litert", "tflite_runtime"],
    threads=[1],
    warmup_runs=1,
    warmup_seconds=0.0,
    runs=3,
    seconds=0.0,
    max_seconds=1.0,
    rounds=3,
)
MODELS = {f"model{number}": bytes([number]) * 10 for number in range(4)}

FAKE = """
import json, sys
request = json.load(sys.stdin)
with open({log!r}, "a") as log:
    log.write(request["runtime"] + " " + request["model_sha256"] + "\\n")
past = open({log!r}).read().splitlines()
run = past.count(past[-1])
def answer(median, **surroundings):
    print(json.dumps({{"invoke_ns": [median] * 9, "end_to_end_ns": [median] * 3, "private_bytes": 1,
                       "peak_rss_bytes": 3, "empty_rss_bytes": 2, "surroundings": surroundings,
                       "context": {{"cpu": "c"}}, "delegate": "none"}}))
{body}
"""


@pytest.fixture()
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(host, "COOLING_SECONDS", 0.0)
    return tmp_path / "log"


def fake(monkeypatch: pytest.MonkeyPatch, log: Path, body: str) -> None:
    script = log.with_name("script.py")
    script.write_text(FAKE.format(log=str(log), body=body))
    monkeypatch.setattr(host, "SCRIPT", script)


def session(models: dict[str, bytes] = MODELS, spec: LatencySpec = SPEC) -> Iterator[tuple[Job, Latency]]:
    return host.measure(models, host.prepare(models, spec, HOST), spec, HOST)


def test_every_job_once_a_round_in_a_new_order(monkeypatch: pytest.MonkeyPatch, log: Path) -> None:
    fake(monkeypatch, log, "answer(1000)")
    seen = list(session())
    assert {job.name for job, _ in seen} == {f"{m}__{r}__t1" for m in MODELS for r in SPEC.runtimes}
    orders = [[job for job, _ in seen[start : start + 8]] for start in (0, 8, 16)]
    assert all(len(set(order)) == 8 for order in orders) and orders[0] != orders[1] != orders[2]
    assert [one.status for _, one in seen] == [PARTIAL] * 16 + [OK] * 8
    assert [job for job, _ in session()] == [job for job, _ in seen]
    final = seen[-1][1]
    assert (final.kind, final.device, final.delegate, final.flags) == ("measured", "host", "none", ())
    assert len(final.rounds) == 3


def test_doubtful_once_is_repeated_and_kept(monkeypatch: pytest.MonkeyPatch, log: Path) -> None:
    fake(monkeypatch, log, "answer(2000 if run == 2 else 1000)")
    seen = list(session({"m": b"m"}, replace(SPEC, runtimes=["ai_edge_litert"])))
    assert [one.status for _, one in seen] == [PARTIAL] * 5 + [OK] and len(seen[2][1].rounds) == 0
    final = seen[-1][1]
    assert final.flags == () and [int(one.invoke_ns[0]) for one in final.earlier] == [1000, 2000, 1000]


def test_doubtful_twice_is_published_as_unstable(monkeypatch: pytest.MonkeyPatch, log: Path) -> None:
    fake(monkeypatch, log, "answer(1000 + 100 * run, other_cpus=0.7)")
    final = list(session({"m": b"m"}, replace(SPEC, runtimes=["ai_edge_litert"])))[-1][1]
    assert final.status == UNSTABLE and len(final.rounds) == len(final.earlier) == 3
    assert final.flags == ("rounds differ by 14.3%", "load: 0.7 CPUs busy with something else")


@pytest.mark.parametrize(
    "body, said",
    [
        ("print(json.dumps({'error': 'op 12 is unknown'}))", "tflite_runtime: op 12 is unknown"),
        ("import os; os.abort()", "tflite_runtime: the measuring process ended with code -6 (no message)"),
        ("import time; time.sleep(60)", "tflite_runtime: no answer within 3 s"),
        ("print('garbage')", "tflite_runtime: the measuring process gave no JSON"),
        ("print('[1]')", "tflite_runtime: unknown answer"),
        ("print('{}')", "tflite_runtime: an answer that cannot be read (a latency round lacks or mistakes"),
    ],
)
def test_a_failure_stays_alone(monkeypatch: pytest.MonkeyPatch, log: Path, body: str, said: str) -> None:
    fake(monkeypatch, log, f"if request['runtime'] == 'tflite_runtime':\n    {body}\nelse:\n    answer(1000)")
    monkeypatch.setattr(host, "time_limit", lambda spec: 3.0)
    seen = list(session({"m": b"m"}))
    final = {job.runtime: one for job, one in seen}
    assert final["ai_edge_litert"].status == OK
    expected = GARBLED if "print" in body and "error" not in body else FAILED
    assert final["tflite_runtime"].status == expected and final["tflite_runtime"].flags[0].startswith(said)
    assert sum(job.runtime == "tflite_runtime" for job, _ in seen) == 1


def test_an_interrupted_session_goes_on(monkeypatch: pytest.MonkeyPatch, log: Path) -> None:
    fake(monkeypatch, log, "answer(1000)")
    begun = host.prepare(MODELS, SPEC, HOST)
    first = session()
    begun |= dict(next(first) for _ in range(13))
    del first
    rest = list(host.measure(MODELS, begun, SPEC, HOST))
    assert len(rest) == 24 - 13
    done = begun | dict(rest)
    assert all(one.status == OK and len(one.rounds) == 3 for one in done.values())
    assert list(host.measure(MODELS, done, SPEC, HOST)) == []


def test_after_another_start_of_the_machine_nothing_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def keys() -> set[str]:
        return {one.key for one in host.prepare(MODELS, SPEC, HOST).values()}

    first = keys()
    assert keys() == first
    monkeypatch.setattr(host, "identity", lambda: "another start")
    assert not keys() & first


def test_what_this_machine_can_do(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = replace(SPEC, threads=[1, "all"])
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2})
    assert {(job.threads, job.asked) for job in host.prepare(MODELS, spec, HOST)} == {(1, 1), (3, "all")}
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0})
    assert {(job.threads, job.asked) for job in host.prepare(MODELS, spec, HOST)} == {(1, 1)}
    monkeypatch.setitem(RUNTIMES, "tflite_runtime", "not-installed")
    assert {job.runtime for job in host.prepare(MODELS, spec, HOST)} == {"ai_edge_litert"}


def test_a_real_round(log: Path, tiny: dict[str, bytes]) -> None:
    spec = replace(SPEC, rounds=1)
    final = dict(session({"float32": tiny["float32"]}, spec))
    assert all(len(one.rounds[0].invoke_ns) >= 3 and one.context["processors"] for one in final.values())
    assert json.dumps([one.context for one in final.values()])
