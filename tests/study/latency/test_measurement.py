import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from study.errors import StudyError
from study.latency import measurement
from study.latency.measurement import FAILED, OK, PARTIAL, UNSTABLE, Job, Latency, Round
from study.specs.latency import LatencySpec

SPEC = LatencySpec(
    runtimes=["ai_edge_litert"],
    threads=[1],
    warmup_runs=20,
    warmup_seconds=1.0,
    runs=1000,
    seconds=10.0,
    max_seconds=60.0,
    rounds=3,
)


def steady(median: int, n: int = 100, **surroundings: Any) -> Round:
    return Round(np.full(n, median), np.full(10, median + 50), 9_000, 60_000, 50_000, surroundings)


def measured(*medians: int, threads: int = 1, status: str = OK) -> Latency:
    return Latency(
        "v",
        "ab" * 32,
        "host",
        "measured",
        "ai_edge_litert",
        "2.3.0",
        threads,
        "key",
        "xnnpack",
        status,
        rounds=tuple(steady(median) for median in medians),
    )


def test_summary_follows_the_definitions() -> None:
    rounds = (steady(1000), steady(3000), steady(2000, n=300))
    found = measurement.summarise(measurement.to_document(replace(measured(), rounds=rounds)))
    assert (found["n"], found["rounds"], found["median_us"]) == (500, 3, 2.0)
    assert (found["ci_low_us"], found["ci_high_us"]) == (1.0, 3.0)
    assert (found["p90_us"], found["end_to_end_us"]) == (3.0, 2.05)


def test_the_interval_leaves_out_a_fortieth_on_either_side() -> None:
    # With this chance the median of nine draws is at most the second of nine rounds; so it is beyond the eighth.
    assert binom.sf(4, 9, 1 / 9) < 0.025 < binom.sf(4, 9, 2 / 9) < 0.05
    rounds = tuple(steady(1000 * k) for k in range(1, 10))
    found = measurement.summarise(measurement.to_document(replace(measured(), rounds=rounds)))
    assert (found["ci_low_us"], found["median_us"], found["ci_high_us"]) == (2.0, 5.0, 8.0)


def test_interval_is_over_rounds_not_samples() -> None:
    noisy = Round(np.random.default_rng(0).integers(500, 1500, 999), np.ones(3, int), None, None, None)
    found = measurement.summarise(measurement.to_document(replace(measured(), rounds=(noisy, noisy, noisy))))
    assert found["ci_low_us"] == found["median_us"] == found["ci_high_us"]


def test_nothing_measured_gives_no_figure() -> None:
    found = measurement.summarise(measurement.to_document(measured(status=FAILED)))
    assert found["n"] == found["rounds"] == 0 and found["median_us"] is None and found["p90_us"] is None


@pytest.mark.parametrize(
    "rounds, said",
    [
        ((steady(1000), steady(1049)), []),
        ((steady(1000), steady(1060)), ["rounds differ by 6.0%"]),
        ((steady(1000, other_cpus=0.2), steady(1000, other_cpus=None)), []),
        ((steady(1000, other_cpus=0.9),), ["load: 0.9 CPUs busy with something else"]),
    ],
)
def test_flags(rounds: tuple[Round, ...], said: list[str]) -> None:
    assert list(measurement.judge(rounds)) == said


def test_a_long_tail_is_flagged_in_any_round() -> None:
    tail = replace(steady(1000), invoke_ns=np.array([1000] * 80 + [1300] * 20))
    assert measurement.judge([steady(1000), tail]) == ("p90 is 1.30 of the median",)
    short = replace(steady(1000), invoke_ns=np.array([1000] * 92 + [9000] * 8))
    assert measurement.judge([short]) == ()


def test_the_flag_looks_at_the_ninetieth_percentile_and_its_limit_is_no_fault() -> None:
    def run(short: int, long: int) -> Round:
        return replace(steady(1000), invoke_ns=np.array([1000] * short + [long] * (101 - short)))

    assert measurement.judge([run(91, 2000)]) == ()  # of 101 samples in order, the 91st stands at 90 %
    assert measurement.judge([run(90, 2000)]) == ("p90 is 2.00 of the median",)
    assert measurement.judge([run(90, 1250)]) == ()
    assert measurement.judge([steady(1000, other_cpus=0.25)]) == ()


BEFORE, AFTER = {"throttled": 0}, {"throttled": 0, "arm_mhz": 1500, "nominal_mhz": 1500, "governor": "performance"}
CLOCK, WARM = "clock: 1400 in place of 1500 MHz", "warm: the processor did not cool down before a round"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {}, []),
        ({"throttled": 0x4}, {}, ["throttled: bits 0x4 before, 0x0 after"]),
        ({}, {"throttled": 0x1}, ["throttled: bits 0x0 before, 0x1 after"]),
        ({}, {"throttled": 0x10000}, ["throttled: bits 0x0 before, 0x10000 after"]),
        ({}, {"throttled": 0x80000}, ["throttled: bits 0x0 before, 0x80000 after"]),
        ({"throttled": 0x50000}, {"throttled": 0x50000}, []),  # since it was switched on, but not in this round
        ({"throttled": None}, {"throttled": 0x100}, []),
        ({}, {"arm_mhz": 1400}, [CLOCK]),
        ({}, {"arm_mhz": 1600}, ["clock: 1600 in place of 1500 MHz"]),
        ({}, {"arm_mhz": 1430}, []),
        ({}, {"arm_mhz": 1400, "governor": "ondemand"}, []),
        ({}, {"arm_mhz": None}, []),
        ({}, {"arm_mhz": 1400, "nominal_mhz": None}, []),
    ],
)
def test_what_holds_a_board_back_is_flagged(before: dict[str, Any], after: dict[str, Any], said: list[str]) -> None:
    one = steady(1000, before=BEFORE | before, after=AFTER | after, cooled=True)
    assert list(measurement.judge([one, one])) == said
    warm = steady(1000, before=BEFORE, after=AFTER, cooled=False)
    assert list(measurement.judge([one, warm])) == [*said, WARM]


def test_document_round_trip() -> None:
    whole = replace(
        measured(1000, 1100, status=UNSTABLE), flags=("load",), earlier=(steady(900),), context={"cpu": "c"}
    )
    document = json.loads(json.dumps(measurement.to_document(whole)))
    assert measurement.to_document(measurement.from_document(document)) == document
    memory = [document[name] for name in ("private_bytes", "peak_rss_bytes", "empty_rss_bytes")]
    assert memory == [9_000, 60_000, 50_000]
    assert {
        "variant",
        "model_sha256",
        "device",
        "kind",
        "runtime",
        "runtime_version",
        "delegate",
        "threads",
        "rounds",
        "status",
        "flags",
        "context",
    } <= document.keys()


def test_unreadable_memory_is_missing_not_zero() -> None:
    blind = replace(steady(1000), private_bytes=None)
    assert measurement.to_document(replace(measured(), rounds=(blind,)))["private_bytes"] is None


@pytest.mark.parametrize(
    "damage",
    [
        {"rounds": [{"invoke_ns": "garbage"}]},
        {"rounds": [{}]},
        {"rounds": 3},
        {"rounds": [[1]]},
        {"rounds": [{"invoke_ns": [0]}]},
        {"rounds": [{"invoke_ns": []}]},
        {"variant": None, "rounds": [None]},
    ],
)
def test_damaged_documents_are_one_line(damage: dict[str, Any]) -> None:
    with pytest.raises(StudyError):
        measurement.from_document(measurement.to_document(measured(1000)) | damage)
    with pytest.raises(StudyError):
        measurement.from_document({"variant": "v"})


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"invoke_ns": [1]},
        "text",
        {
            "invoke_ns": [5],
            "end_to_end_ns": [-1],
            "private_bytes": 1,
            "peak_rss_bytes": 1,
            "empty_rss_bytes": 1,
            "surroundings": {},
        },
        {
            "invoke_ns": [5],
            "end_to_end_ns": [5],
            "private_bytes": "x",
            "peak_rss_bytes": 1,
            "empty_rss_bytes": 1,
            "surroundings": {},
        },
        {
            "invoke_ns": [5],
            "end_to_end_ns": [5],
            "private_bytes": 1,
            "peak_rss_bytes": 1,
            "empty_rss_bytes": 1,
            "surroundings": 7,
        },
    ],
)
def test_answers_of_a_device_are_checked(answer: Any) -> None:
    with pytest.raises(StudyError):
        measurement.round_of(answer)


def test_key_is_everything_the_figure_depends_on() -> None:
    job, machine = Job("v", "ai_edge_litert", 1, 1), {"cpu": "c"}
    key = measurement.key(b"model", job, "2.3.0", SPEC, machine)
    assert key == measurement.key(b"model", replace(job, variant="renamed"), "2.3.0", SPEC, machine)
    assert key == measurement.key(b"model", job, "2.3.0", replace(SPEC, threads=[1, 2]), machine)
    others = [
        measurement.key(b"other", job, "2.3.0", SPEC, machine),
        measurement.key(b"model", replace(job, threads=2), "2.3.0", SPEC, machine),
        measurement.key(b"model", replace(job, runtime="tflite_runtime"), "2.3.0", SPEC, machine),
        measurement.key(b"model", job, "2.3.1", SPEC, machine),
        measurement.key(b"model", job, "2.3.0", SPEC, {"cpu": "d"}),
        measurement.key(b"model", job, "2.3.0", replace(SPEC, seconds=11.0), machine),
        measurement.key(b"model", job, "2.3.0", replace(SPEC, rounds=4), machine),
    ]
    assert len({key, *others}) == 8
    ordered = [measurement.key(b"model", job, "2.3.0", SPEC, one) for one in ({"a": 1, "b": 2}, {"b": 2, "a": 1})]
    assert ordered[0] == ordered[1]


def test_resume_takes_the_same_measurement_only() -> None:
    fresh, half = measured(status=PARTIAL), measured(1000, status=PARTIAL)
    assert measurement.resume(fresh, half) is half and measurement.resume(fresh, None) is fresh
    assert measurement.resume(fresh, replace(half, key="other")) is fresh
    assert measurement.resume(fresh, replace(half, status=FAILED)) is fresh
    assert measurement.remaining(replace(half, status=FAILED), 3) == 0
    assert [measurement.remaining(one, 3) for one in (fresh, half, measured(1, 2, 3))] == [3, 2, 0]


def test_more_threads_are_flagged_where_they_do_not_help() -> None:
    one, two, three = Job("v", "r", 1, 1), Job("v", "r", 2, "all"), Job("w", "r", 2, "all")
    slow = {one: measured(1000), two: measured(1000, threads=2), three: measured(9000, threads=2)}
    changed = measurement.compare_threads(slow)
    assert list(changed) == [two] and changed[two].flags == (measurement.THREADS_DO_NOT_HELP,)
    assert measurement.compare_threads(slow | changed) == {}
    fast = slow | {two: replace(changed[two], rounds=(steady(600),))}
    assert measurement.compare_threads(fast)[two].flags == ()
    assert measurement.compare_threads({one: measured(status=FAILED), two: slow[two]}) == {}
    assert measurement.compare_threads({one: measured(1000, status=FAILED), two: slow[two]}) == {}
    loaded = slow | {two: replace(slow[two], flags=("load",))}
    assert measurement.compare_threads(loaded)[two].flags == ("load", measurement.THREADS_DO_NOT_HELP)


def test_the_second_series_is_shorter() -> None:
    assert measurement.budget(SPEC) == {
        "warmup_runs": 20,
        "warmup_seconds": 1.0,
        "runs": 1000,
        "seconds": 10.0,
        "max_seconds": 60.0,
        "end_to_end_runs": 200,
        "end_to_end_seconds": 2.0,
    }
    assert measurement.budget(replace(SPEC, runs=3))["end_to_end_runs"] == 3


def test_a_round_is_asked_for_with_its_model_and_budget() -> None:
    asked = measurement.request("/x.tflite", measured(threads=4), SPEC)
    assert asked == measurement.budget(SPEC) | {
        "model": "/x.tflite",
        "model_sha256": "ab" * 32,
        "runtime": "ai_edge_litert",
        "threads": 4,
        "signature": None,
    }
    assert measurement.request("/x.tflite", replace(measured(), signature="w50"), SPEC)["signature"] == "w50"


def test_names_are_those_of_the_report() -> None:
    assert Job("v_int8", "tflite_runtime", 4, "all").name == "v_int8__tflite_runtime__tall"
    assert Job("v_int8", "tflite_runtime", 1, 1).name == "v_int8__tflite_runtime__t1"
