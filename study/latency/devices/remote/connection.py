"""One SSH connection to a board: requests to `agent_script.py` there, and its answers, none of them trusted."""

import hashlib
import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from study.latency import faults
from study.latency.devices.remote.address import Address, command
from study.latency.devices.remote.agent_script import HELLO
from study.latency.devices.remote.ssh_faults import fault
from study.latency.faults import DeviceFault, RoundFault

AGENT = Path(__file__).with_name("agent_script.py")
CAP = 32 << 20
"""Bytes of one answer: a round of a minute holds a few hundred thousand samples of 7 characters."""
NOISE = 64 << 10
"""Bytes that a login may print before the agent speaks."""
QUIET_SECONDS = 30.0
"""The agent tells every 5 s that it is still at work; without a word for this long the connection is lost."""
START_SECONDS = 60.0
PING_SECONDS = 10.0
Progress = Callable[[str], None]


class Connection:
    """An open connection. After a fault it is closed, and what is asked then fails with the same fault."""

    def __init__(self, address: Address, progress: Progress) -> None:
        self.address, self.progress = address, progress
        self.folder, self.python = "", ""
        self.closed: DeviceFault | RoundFault | None = None
        self._talked = self._busy = False
        self._sent: set[str] = set()
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._errors = bytearray()
        self._writing = threading.Lock()
        agent = AGENT.read_bytes()
        start = f"import sys;exec(compile(sys.stdin.buffer.read({len(agent)}),'agent','exec'))"
        try:  # in a session of its own: Ctrl-C ends this side first, then that in order
            self._process = subprocess.Popen(
                command(address, ["python3", "-I", "-u", "-c", start]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise DeviceFault(
                faults.NO_SSH, "ssh is not installed on this machine: apt-get install openssh-client"
            ) from error
        self._complaints = threading.Thread(target=self._hear_errors, daemon=True)
        self._complaints.start()
        for work in (self._hear, self._ping):
            threading.Thread(target=work, daemon=True).start()
        self._write(agent)

    def begin(self) -> None:
        """Wait for the agent, past what the login prints."""
        skipped, end = 0, time.monotonic() + START_SECONDS
        while (line := self._line(end - time.monotonic())).strip() != HELLO.encode():
            skipped += len(line)
            if skipped > NOISE:
                raise self._close(
                    DeviceFault(
                        faults.GARBLED,
                        f"{self.address.host} prints much before the program "
                        "starts: keep its shell's start files silent",
                    )
                )
        self._talked = True
        hello = self._answer(START_SECONDS)
        self.folder, self.python = _text(hello, "folder"), _text(hello, "python")

    def file(self, name: str, data: bytes) -> None:
        """Keep a file in the session's folder under this plain name, once.

        Raises:
            DeviceFault: its disk is full, or the bytes did not arrive.
        """
        if name not in self._sent:
            self._ask(
                {"do": "file", "name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}, 60.0, data
            )
            self._sent.add(name)

    def run(
        self,
        argv: list[str],
        given: Any = None,
        limit: float = 60.0,
        watch: list[str] | None = None,
    ) -> dict[str, Any]:
        """Run a program; `{folder}` in its words and in `given`, its JSON input, stands for the session's folder.

        Returns:
            `code`, `stdout`, `stderr`, and `samples` of the program `watch` that ran beside it.

        Raises:
            RoundFault: it hangs or prints too much. DeviceFault: the connection is lost.
        """
        answer = self._ask(
            {"do": "run", "argv": argv, "input": given, "limit": limit, "cap": CAP // 4, "watch": watch or []},
            limit + QUIET_SECONDS,
        )
        if not (isinstance(answer.get("code"), int) and isinstance(answer.get("samples"), list)):
            raise self._garbled(answer)
        return answer | {"stdout": _text(answer, "stdout"), "stderr": _text(answer, "stderr")}

    def governor(self, want: str) -> dict[str, Any]:
        """Set the governors: `before` maps their files to what they were, `refused` lists those not set."""
        return self._ask({"do": "governor", "want": want}, 60.0)

    def cool(self, below: float, most: float) -> dict[str, Any]:
        """Wait until the processor has at most `below` degrees C, `most` seconds: `celsius`, `seconds`, `reached`."""
        return self._ask({"do": "cool", "below": below, "most": most}, most + QUIET_SECONDS)

    def close(self) -> None:
        """Clean up on the board and end. After a fault there is nobody left to ask; while it is at work (Ctrl-C) it is
        not waited for: the end of the connection makes it clean up too."""
        if self.closed is None:
            try:
                if self._busy:
                    raise self._close(DeviceFault(faults.CONNECTION_CUT, "the connection was given up"))
                self._ask({"do": "bye"}, 30.0)
            except (DeviceFault, RoundFault):
                return
            self._close(DeviceFault(faults.CONNECTION_CUT, f"the connection to {self.address.host} is closed"))

    def _ask(self, request: Mapping[str, Any], limit: float, data: bytes = b"") -> dict[str, Any]:
        if self.closed is not None:
            raise self.closed
        self._busy = True
        self._write(json.dumps(request).encode() + b"\n" + data)
        return self._answer(limit)

    def _answer(self, limit: float) -> dict[str, Any]:
        end = time.monotonic() + limit
        while True:
            line = self._line(min(QUIET_SECONDS, end - time.monotonic()))
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if not isinstance(event, dict) or event.get("event") not in ("answer", "progress", "error"):
                raise self._garbled(line)
            if event["event"] != "progress":
                self._busy = False
            if event["event"] == "answer":
                return event
            if event["event"] == "error":
                raise self._refusal(event)
            self.progress(
                " ".join(
                    f"{key} {event[key]:.0f}"
                    for key in ("celsius", "seconds")
                    if isinstance(event.get(key), int | float)
                )
            )

    def _line(self, seconds: float) -> bytes:
        """The next line, at most CAP bytes of it."""
        try:
            line = self._lines.get(timeout=max(0.0, seconds))
        except queue.Empty:
            status = faults.CONNECTION_CUT if self._talked else faults.UNREACHABLE
            raise self._close(
                DeviceFault(
                    status, f"{self.address.host} has fallen silent: check its network, then run the same command again"
                )
            ) from None
        if line is None:
            code = self._ended()
            self._complaints.join(5)  # ssh says why on its other stream, which may still be on its way
            raise self._close(fault(self.address, code, bytes(self._errors).decode(errors="replace"), self._talked))
        if len(line) > CAP:
            raise self._close(
                RoundFault(
                    faults.OVERSIZED,
                    f"{self.address.host} answers with more than {CAP >> 20} MB: check what runs there as python3",
                )
            )
        return line

    def _hear(self) -> None:
        assert self._process.stdout
        with os.fdopen(os.dup(self._process.stdout.fileno()), "rb") as source:
            while line := source.readline(CAP + 1):
                self._lines.put(line)
                if len(line) > CAP:
                    break
        self._lines.put(None)

    def _hear_errors(self) -> None:
        assert self._process.stderr
        while piece := self._process.stderr.read(4096):
            self._errors += piece
            del self._errors[:-8192]

    def _ping(self) -> None:
        while self.closed is None:
            time.sleep(PING_SECONDS)
            self._write(b'{"do": "ping"}\n')

    def _write(self, data: bytes) -> None:
        """Send all of it; that the connection is gone shows when it is read from."""
        assert self._process.stdin
        with self._writing:
            try:
                left = memoryview(data)
                while left:
                    left = left[self._process.stdin.write(left) or 0 :]
            except (OSError, ValueError):
                pass

    def _ended(self) -> int:
        try:
            return self._process.wait(5)
        except subprocess.TimeoutExpired:
            return -1

    def _close(self, why: DeviceFault | RoundFault) -> DeviceFault | RoundFault:
        """End ssh; on the board the agent sees the end of its input and the guard cleans up."""
        self.closed = why
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        return why

    def _garbled(self, what: Any) -> DeviceFault | RoundFault:
        return self._close(
            RoundFault(
                faults.GARBLED,
                f"{self.address.host} gives no answer that can be read "
                f"({what!r:.60}): check what runs there as python3",
            )
        )

    def _refusal(self, event: Mapping[str, Any]) -> DeviceFault | RoundFault:
        """The fault in an answer of the agent, which goes on after it."""
        said, host = str(event.get("said"))[:200], self.address.host
        if event.get("what") == "full":
            return DeviceFault(faults.DEVICE_FULL, f"the disk of {host} is full ({said}): free some space there")
        if event.get("what") == "oversized":
            return RoundFault(faults.OVERSIZED, f"the measuring process on {host}: {said}")
        if event.get("what") == "hung":
            return RoundFault(faults.HUNG, f"the measuring process on {host}: {said}")
        return DeviceFault(faults.DEVICE_REFUSES, f"{host}: {said}")


@contextmanager
def connected(address: Address, progress: Progress = lambda said: None) -> Iterator[Connection]:
    """A connection with the agent at work; at the end everything on the board is as it was.

    Raises:
        DeviceFault: there is none to be had.
    """
    connection = Connection(address, progress)
    try:
        connection.begin()
        yield connection
    finally:
        connection.close()


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    return value if isinstance(value, str) else ""
