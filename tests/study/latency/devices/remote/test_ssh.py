"""Whole sessions with a board behind a real sshd, whose Python is this one: what is measured, and what goes wrong."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import PI4
from fake_board import FakeBoard, fake_board

from study.latency import faults
from study.latency.devices.remote import energy, session, ssh
from study.latency.devices.remote.connection import Connection
from study.latency.devices.target import DeviceUnderTest
from study.latency.faults import DeviceFault
from study.latency.measurement import FAILED, OK, PARTIAL, UNSTABLE, Job, Latency, from_document, resume, to_document
from study.specs.latency import LatencySpec

SPEC = LatencySpec(
    runtimes=["ai_edge_litert"],
    threads=[1],
    warmup_runs=3,
    warmup_seconds=0.0,
    runs=20,
    seconds=0.0,
    max_seconds=5.0,
    rounds=2,
)
MODEL = bytes(1000)
MODELS = {"a": MODEL, "b": bytes(2000)}
IMAGES = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
REAL = f'exec {sys.executable} "$@"'
ANSWER = {
    "invoke_ns": [1000] * 20,
    "end_to_end_ns": [1100] * 5,
    "private_bytes": 1,
    "peak_rss_bytes": 3,
    "empty_rss_bytes": 2,
    "surroundings": {},
    "context": {"cpu": "c"},
    "delegate": "xnnpack",
}


@pytest.fixture()
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBoard]:
    for module, name in (
        (ssh, "REST_SECONDS"),
        (session, "RECONNECT_SECONDS"),
        (session, "COOL_SECONDS"),
        (session, "COOL_AGAIN_SECONDS"),
    ):
        monkeypatch.setattr(module, name, 0.1)
    monkeypatch.setattr(energy, "RUN_SECONDS", 0.5)
    monkeypatch.setattr(energy, "PERIOD_SECONDS", 0.02)
    with fake_board(tmp_path / "board", false=True) as running:
        pretend(running)
        yield running


def pretend(where: FakeBoard, case: str = "true", **facts: Any) -> None:
    """Let the board's Python say these facts, and answer with ANSWER, after a shell command, where it is to measure."""
    said, answer = json.dumps(PI4 | {"free_bytes": 1 << 33} | facts), json.dumps(ANSWER)
    where.program(
        "measuring",
        f"""case "$*" in
*facts_script*) echo '{said}';;
*) {case}
echo '{answer}';;
esac""",
    )


def target(board: FakeBoard, **changes: Any) -> DeviceUnderTest:
    return DeviceUnderTest("ssh_desk", board.settings | {"python": str(board.folder / "bin" / "measuring")} | changes)


def measured(board: FakeBoard, models: dict[str, bytes], spec: LatencySpec = SPEC, images: Any = None) -> list[Latency]:
    where = target(board) if images is None else replace(target(board), images=images)
    begun = ssh.prepare(models, spec, where)
    return list((begun | dict(ssh.measure(models, begun, spec, where))).values())


def test_a_study_on_a_board(board: FakeBoard, tiny: dict[str, bytes]) -> None:
    """With the real interpreter on both sides."""
    board.program("measuring", REAL)
    models = {name: tiny[name] for name in ("float32", "int8")}
    where = replace(target(board, threads=[1, 2]), images=IMAGES)
    begun = ssh.prepare(models, SPEC, where)
    assert {(job.variant, job.threads, job.asked) for job in begun} == {
        (name, threads, threads) for name in models for threads in (1, 2)
    }
    final: dict[Job, Latency] = {}
    for job, one in ssh.measure(models, begun, SPEC, where):
        assert board.governor() == "performance"
        final[job] = one
    assert final.keys() == begun.keys() and board.residue() == [] and board.governor() == "ondemand"
    for one in final.values():
        assert one.status in (OK, UNSTABLE) and one.kind == "measured" and one.device == "ssh_desk"
        assert len(one.rounds) == 2 and all(len(found.invoke_ns) >= 20 for found in one.rounds)
        assert {found.surroundings["before"]["governor"] for found in one.rounds} == {"performance"}
        assert one.rounds[0].surroundings["before"]["celsius"] == 40.0
        assert one.rounds[0].surroundings["after"]["throttled"] is None  # no vcgencmd here: nothing is said of it
        assert not [flag for flag in one.flags if "throttled" in flag]
        assert one.context["agreement"]["images"] == one.context["agreement"]["same"] == 8
        assert one.context["agreement"]["identical"] and one.context.get("energy") is None
        assert "Raspberry" not in json.dumps(to_document(one))
        assert to_document(from_document(json.loads(json.dumps(to_document(one))))) == to_document(one)


def test_joules_where_something_measures_power(board: FakeBoard, tiny: dict[str, bytes]) -> None:
    meter = board.folder / "sys/class/hwmon/hwmon0"
    meter.mkdir(parents=True)
    (meter / "name").write_text("ina226\n")
    (meter / "power1_input").write_text("5000000\n")
    board.program("measuring", REAL)
    (one,) = measured(board, {"float32": tiny["float32"]}, replace(SPEC, rounds=1))
    found = one.context["energy"]
    assert found["watts"] == 5.0 and found["n"] >= energy.FEWEST
    seconds = float(np.median(one.rounds[0].invoke_ns)) / 1e9
    assert seconds < found["joules"] < 1000 * seconds  # 5 W for at least the time of one invoke


def test_a_board_that_says_it_is_a_raspberry_pi_is_called_so(board: FakeBoard) -> None:
    (one,) = measured(board, {"m": MODEL}, replace(SPEC, rounds=1))
    assert one.kind == "measured" and one.context["label"] == "Raspberry Pi 4 Model B Rev 1.4"


def test_times_of_an_emulated_processor_are_not_kept(board: FakeBoard) -> None:
    pretend(board, emulated="programs see aarch64, the kernel runs on x86_64")
    (one,) = measured(board, {"m": MODEL})
    assert (one.kind, one.status, one.rounds, one.complete) == ("emulated", faults.EMULATED, (), False)
    assert "times mean nothing" in one.flags[0]
    assert one.context["label"] == "emulated aarch64 processor"
    assert board.residue() == []


def test_a_throttled_board_is_marked(board: FakeBoard, tiny: dict[str, bytes]) -> None:
    board.program("measuring", REAL)
    board.program("vcgencmd", "[ $1 = get_throttled ] && echo throttled=0x50005")
    (one,) = measured(board, {"float32": tiny["float32"]}, replace(SPEC, rounds=1))
    assert one.status == UNSTABLE and "throttled: bits 0x50005 before, 0x50005 after" in one.flags
    assert len(one.earlier) == len(one.rounds) == 1  # repeated once, as any doubtful run


def test_a_governor_that_may_not_be_set_is_said(board: FakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"before": {"cpu0": "ondemand"}, "refused": ["cpu0"]}
    monkeypatch.setattr(Connection, "governor", lambda self, want: refused)
    (one,) = measured(board, {"m": MODEL}, replace(SPEC, rounds=1))
    assert (one.status, one.flags) == (OK, (ssh.GOVERNOR_NOT_SET,))


def test_a_board_that_stays_warm_is_marked(board: FakeBoard) -> None:
    (board.folder / "sys/class/thermal/thermal_zone0/temp").write_text("70000\n")
    (one,) = measured(board, {"m": MODEL}, replace(SPEC, rounds=1))
    assert one.status == UNSTABLE and "warm: the processor did not cool down before a round" in one.flags


@pytest.mark.parametrize(
    "case, status, said",
    [
        ("echo garbage; exit", faults.GARBLED, "gave no JSON"),
        ("echo '{}'; exit", faults.GARBLED, "an answer that cannot be read"),
        (f"echo '{json.dumps(ANSWER | {'surroundings': 7})}'; exit", faults.GARBLED, "surroundings"),
        (f"echo '{json.dumps(ANSWER | {'context': 'text'})}'; exit", faults.GARBLED, "context"),
        (f"echo '{json.dumps(ANSWER | {'context': {'cpu': 'x' * 999}})}'; exit", faults.GARBLED, "context.cpu"),
        (f"echo '{json.dumps(ANSWER | {'invoke_ns': [1, -1]})}'; exit", faults.GARBLED, "invoke_ns.1"),
        (
            f"echo '{json.dumps(ANSWER | {'surroundings': {'before': {'throttled': 'x'}}})}'; exit",
            faults.GARBLED,
            "surroundings.before.throttled",
        ),
        ("echo '[]'; exit", faults.GARBLED, "unknown answer"),
        ("yes; exit", faults.OVERSIZED, "printed more than 8388608 bytes"),
        ("kill -SEGV $$", FAILED, "ended with code -11"),
        ('echo \'{"error": "no such op"}\'; exit', FAILED, "no such op"),
    ],
)
def test_an_answer_that_is_none_fails_alone(board: FakeBoard, case: str, status: str, said: str) -> None:
    pretend(board, f'if [ ! -e "$HOME/once" ]; then touch "$HOME/once"; {case}; fi')
    final = measured(board, MODELS, replace(SPEC, rounds=1))
    failed = [one for one in final if not one.complete]
    assert [one.status for one in failed] == [status] and said in failed[0].flags[0]
    assert len(final) == 2 and board.residue() == [] and board.governor() == "ondemand"
    assert resume(replace(failed[0], status=PARTIAL, flags=()), failed[0]).status == PARTIAL  # tried again next time


def cut_when(board: FakeBoard, marker: str) -> None:
    """Break the connection as soon as the board's Python leaves the marker."""

    def wait() -> None:
        while not (board.folder / "home" / marker).exists():
            time.sleep(0.05)
        board.cut()

    threading.Thread(target=wait, daemon=True).start()


def test_a_broken_connection_costs_the_round_under_way(board: FakeBoard) -> None:
    pretend(board, 'echo x >> "$HOME/rounds"; if mkdir "$HOME/cut" 2> /dev/null; then sleep 1000; fi')
    cut_when(board, "cut")
    final = measured(board, MODELS)
    assert [one.status for one in final] == [OK, OK]
    assert (board.folder / "home" / "rounds").read_text().count("x") == 4 + 1
    assert board.residue() == [] and board.governor() == "ondemand"


def test_a_model_that_breaks_every_connection_is_given_up(board: FakeBoard) -> None:
    for number in (1, 2):
        cut_when(board, f"cut{number}")
    pretend(board, 'for n in 1 2; do if mkdir "$HOME/cut$n" 2> /dev/null; then sleep 1000; fi; done')
    final = measured(board, MODELS)
    assert sorted(one.complete for one in final) == [False, True]
    (lost,) = (one for one in final if not one.complete)
    assert lost.status == faults.CONNECTION_CUT and "twice" in lost.flags[0] and board.residue() == []


def test_a_board_that_goes_down_keeps_what_is_measured(board: FakeBoard) -> None:
    where = target(board)
    running = ssh.measure(MODELS, ssh.prepare(MODELS, SPEC, where), SPEC, where)
    first = next(running)
    board.cut()
    board.process.terminate()
    with pytest.raises(DeviceFault) as caught:
        next(running)
    assert caught.value.status == faults.UNREACHABLE and first[1].status == PARTIAL and len(first[1].rounds) == 1
    assert board.residue() == [] and board.governor() == "ondemand"


@pytest.mark.parametrize(
    "changes, status",
    [
        ({"packages": dict.fromkeys(PI4["packages"])}, faults.NO_INTERPRETER),
        ({"packages": dict.fromkeys(PI4["packages"]), "long_bit": 32}, faults.USERLAND_32_BIT),
        ({"free_bytes": 1000}, faults.DEVICE_FULL),
        ({"processors": -4}, faults.GARBLED),
    ],
)
def test_a_board_that_cannot_measure_says_why(board: FakeBoard, changes: dict[str, Any], status: str) -> None:
    pretend(board, **changes)
    with pytest.raises(faults.Fault) as caught:
        ssh.prepare(MODELS, SPEC, target(board))
    assert caught.value.status == status and board.residue() == []


def test_another_interpreter_than_the_one_that_was_announced_is_not_measured(board: FakeBoard) -> None:
    begun = ssh.prepare({"m": MODEL}, SPEC, target(board))
    pretend(board, packages=PI4["packages"] | {"ai_edge_litert": "9.9"})
    ((_, one),) = ssh.measure({"m": MODEL}, begun, SPEC, target(board))
    assert one.status == faults.NO_INTERPRETER and "has ai_edge_litert 9.9, not 2.3.0" in one.flags[0]


def test_another_board_than_the_one_that_was_announced_is_not_measured(board: FakeBoard) -> None:
    begun = ssh.prepare({"m": MODEL}, SPEC, target(board))
    pretend(board, emulated="the kernel runs on x86_64")
    ((_, one),) = ssh.measure({"m": MODEL}, begun, SPEC, target(board))
    assert one.status == faults.DEVICE_REFUSES and not one.rounds and "another board" in one.flags[0]


def test_the_key_of_a_measurement_knows_the_board(board: FakeBoard) -> None:
    keys = set()
    for changes in ({}, {"board": "Raspberry Pi 5 Model B Rev 1.0"}, {"long_bit": 32}, {"celsius": 50.0}):
        pretend(board, **changes)
        keys |= {one.key for one in ssh.prepare({"m": MODEL}, SPEC, target(board)).values()}
    assert len(keys) == 3


def test_nothing_is_asked_when_all_is_measured(board: FakeBoard) -> None:
    assert list(ssh.measure({}, {}, SPEC, DeviceUnderTest("ssh_desk", {"host": "no-such-board.invalid"}))) == []
