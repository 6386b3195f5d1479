"""What can go wrong between the host and a board, each with a status of its own; nothing is left on the board."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_board import FakeBoard, fake_board

from study.latency import faults
from study.latency.devices.remote import connection as connection_module
from study.latency.devices.remote.address import address_of
from study.latency.devices.remote.agent_script import HELLO
from study.latency.devices.remote.connection import AGENT, Connection, connected
from study.latency.faults import DeviceFault, Fault, RoundFault

SLEEPER = "import time; time.sleep(4321.5)"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeBoard]:
    with fake_board(tmp_path_factory.mktemp("fake") / "board", false=True) as running:
        yield running


def session(settings: dict[str, Any]) -> contextlib.AbstractContextManager[Connection]:
    return connected(address_of(settings))


def status(settings: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(Fault) as caught, session(settings):
        pass
    return caught.value.status, str(caught.value)


def sleepers() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes().split(b"\0")[-3:-1] == [b"-c", SLEEPER.encode()]:
                found.append(path.parent.name)
    return found


def until(condition: Any) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(condition)


def test_a_good_connection_leaves_nothing(board: FakeBoard) -> None:
    with session(board.settings) as here:
        here.file("a", b"12345")
        done = here.run(["cat", "{folder}/a", "-"], {"where": "{folder}"})
        assert done["code"] == 0 and done["stdout"].startswith('12345{"where": "' + str(board.folder / "tmp"))
        assert here.governor("performance")["refused"] == [] and board.governor() == "performance"
        cooled = here.cool(55.0, 1.0)
        assert cooled.pop("seconds") < 1
        assert cooled == {"event": "answer", "celsius": 40.0, "reached": True}
        assert not here.cool(30.0, 0.2)["reached"]
    assert board.residue() == [] and board.governor() == "ondemand"


def test_host_down(board: FakeBoard) -> None:
    found, said = status(board.settings | {"port": 1})
    assert found == faults.UNREACHABLE and "Connection refused" in said and "switch it on" in said


def test_no_such_host(board: FakeBoard) -> None:
    found, said = status(board.settings | {"host": "no-such-board.invalid"})
    assert found == faults.UNREACHABLE and "no-such-board.invalid cannot be reached" in said


def test_wrong_key(board: FakeBoard, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    found, said = status(board.settings | {"key": str(tmp_path / "other")})
    assert found == faults.LOGIN_REFUSED and "ssh-copy-id" in said


def test_changed_host_key(board: FakeBoard, tmp_path: Path) -> None:
    (tmp_path / "known").write_text(f"[127.0.0.1]:{board.port} {(board.folder / 'user_key.pub').read_text()}")
    for accept_new in (False, True):
        found, said = status(board.settings | {"known_hosts": str(tmp_path / "known"), "accept_new": accept_new})
        assert found == faults.HOST_KEY_CHANGED and "ssh-keygen -R" in said


def test_unknown_host_key_is_accepted_on_demand_alone(board: FakeBoard, tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.touch()
    found, said = status(board.settings | {"known_hosts": str(known)})
    assert found == faults.HOST_KEY_UNKNOWN and "accept_new" in said and known.read_text() == ""
    with session(board.settings | {"known_hosts": str(known), "accept_new": True}):
        pass
    assert known.read_text()


def test_cut_in_the_middle(board: FakeBoard) -> None:
    with pytest.raises(DeviceFault) as caught, session(board.settings) as here:
        here.governor("performance")
        here.file("model", bytes(100_000))
        threading.Timer(1.0, board.cut).start()
        here.run([sys.executable, "-c", SLEEPER])
    assert caught.value.status == faults.CONNECTION_CUT and "is kept" in str(caught.value)
    assert board.residue() == []
    until(lambda: board.governor() == "ondemand" and not sleepers())


def test_an_agent_that_is_killed_leaves_nothing(board: FakeBoard) -> None:
    with pytest.raises(DeviceFault) as caught, session(board.settings) as here:
        here.governor("performance")
        here.run(["sh", "-c", "kill -9 $PPID; sleep 60"])
    assert caught.value.status == faults.CONNECTION_CUT
    assert board.residue() == []
    until(lambda: board.governor() == "ondemand")


def test_a_connection_lost_without_notice_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    code = AGENT.read_text().replace("SILENCE = 60.0", "SILENCE = 1.0")
    assert code != AGENT.read_text()
    agent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"TMPDIR": str(tmp_path / "tmp"), "PATH": "/usr/bin:/bin"},
    )
    assert agent.stdout and agent.stdout.readline().strip() == HELLO.encode()
    assert len(list((tmp_path / "tmp").iterdir())) == 1
    assert agent.wait(20) == 1  # its standard input is still open
    until(lambda: not list((tmp_path / "tmp").iterdir()))
    assert agent.stdin
    agent.stdin.close()


def test_ctrl_c_waits_for_nobody(board: FakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt), session(board.settings) as here:
        here.governor("performance")
        monkeypatch.setattr(here, "_line", interrupt)
        here.run([sys.executable, "-c", SLEEPER])
    assert board.residue() == []
    until(lambda: board.governor() == "ondemand" and not sleepers())


def interrupt(seconds: float) -> bytes:
    until(sleepers)
    raise KeyboardInterrupt


def test_a_killed_host_leaves_nothing_on_the_board(board: FakeBoard) -> None:
    code = (
        "import json,sys; from study.latency.devices.remote.address import address_of\n"
        "from study.latency.devices.remote.connection import connected\n"
        "with connected(address_of(json.loads(sys.argv[1]))) as here:\n"
        "    here.governor('performance'); here.run([sys.executable, '-c', sys.argv[2]])"
    )
    host = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(board.settings), SLEEPER],
        env={"PYTHONPATH": "."} | {"PATH": "/usr/bin:/bin"},
        stderr=subprocess.DEVNULL,
    )
    try:
        until(sleepers)
        assert board.governor() == "performance"
    finally:
        host.kill()
        host.wait()
    until(lambda: board.governor() == "ondemand" and not sleepers())
    assert board.residue() == []


def test_a_hanging_program_is_ended(board: FakeBoard) -> None:
    with session(board.settings) as here:
        with pytest.raises(RoundFault) as caught:
            here.run([sys.executable, "-c", SLEEPER], limit=0.5)
        assert caught.value.status == faults.HUNG
        until(lambda: not sleepers())
        assert here.run(["echo", "on"])["stdout"] == "on\n"
    assert board.residue() == []


def test_a_program_that_prints_too_much_is_ended(board: FakeBoard) -> None:
    with session(board.settings) as here:
        with pytest.raises(RoundFault) as caught:
            here.run(["yes"])
        assert caught.value.status == faults.OVERSIZED
        assert here.run(["echo", "on"])["stdout"] == "on\n"
    assert board.residue() == []


def test_a_damaged_file_is_noticed_there(board: FakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong:
        def hexdigest(self) -> str:
            return "0" * 64

    with session(board.settings) as here:
        monkeypatch.setattr(connection_module.hashlib, "sha256", lambda data: Wrong())
        with pytest.raises(DeviceFault, match="another SHA-256"):
            here.file("model", b"123")
    assert board.residue() == []


def test_disk_full(tmp_path: Path) -> None:
    with fake_board(tmp_path / "board", before="ulimit -f 32") as small:  # 16 KiB a file
        with session(small.settings) as here:
            here.file("small", bytes(1000))
            with pytest.raises(DeviceFault) as caught:
                here.file("model", bytes(200_000))
            assert caught.value.status == faults.DEVICE_FULL and "free some space there" in str(caught.value)
            assert here.run(["wc", "-c", "{folder}/small"])["stdout"].startswith("1000 ")
        assert small.residue() == []


def test_no_python(tmp_path: Path) -> None:
    command = '/usr/bin/env -i PATH=/nowhere /bin/sh -c "$SSH_ORIGINAL_COMMAND"'
    with fake_board(tmp_path / "board", command=command) as bare:
        found, said = status(bare.settings)
        assert found == faults.NO_PYTHON and "sudo apt install python3" in said


def test_a_talkative_login_is_read_past(tmp_path: Path) -> None:
    with fake_board(tmp_path / "board", before="echo Welcome; echo to the machine") as board:
        with session(board.settings) as here:
            assert here.run(["echo", "on"])["stdout"] == "on\n"
        assert board.residue() == []


@pytest.mark.parametrize(
    "says, expected",
    [
        ("echo garbage; sleep 60", faults.GARBLED),
        ("echo '[1]'; sleep 60", faults.GARBLED),
        ('echo \'{"event": "unknown"}\'; sleep 60', faults.GARBLED),
        ("head -c 40000000 /dev/zero | tr '\\0' 9; sleep 60", faults.OVERSIZED),
        ("exit 0", faults.CONNECTION_CUT),
    ],
)
def test_whoever_answers_in_place_of_the_agent_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, expected: str
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\necho '{HELLO}'\n{says}\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert status({"host": "board"})[0] == expected


def test_without_ssh_there_is_a_fault_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found, said = status({"host": "board"})
    assert found == faults.NO_SSH and "openssh-client" in said


def test_noise_without_end_is_no_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\nexec yes\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert status({"host": "board"})[0] == faults.GARBLED
