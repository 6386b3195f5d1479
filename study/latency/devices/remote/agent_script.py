"""Runs on the board for as long as one SSH connection lasts: keeps files, starts processes, leaves nothing behind.

Self-contained: Python 3.9 or newer and its standard library. Requests come on standard input, one JSON line each,
`file` followed by that many raw bytes; answers leave on standard output, one JSON line each, after the line HELLO.

    {"do": "file", "name", "size", "sha256"}   keep a file in the session's folder
    {"do": "run", "argv", "input", "limit", "cap", "watch"}   run a process; `{folder}` in argv is the folder
    {"do": "governor", "want"}                 set the clock governor of every processor
    {"do": "cool", "below", "most"}            wait until the processor is at most this warm [degrees C, seconds]
    {"do": "ping"}                             the other side is still there
    {"do": "bye"}                              clean up and end

A guard process, forked first, cleans up however this one ends: it reads a pipe that closes with this process, then
kills what still runs, restores the governors and removes the folder. When the connection is cut, standard input ends;
when it is lost without notice, no ping comes for SILENCE seconds: both end this process.
"""

from __future__ import annotations  # for the older Python of a board

import contextlib
import errno
import glob
import hashlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, BinaryIO

Json = dict[str, Any]
HELLO = "tflite-study-agent 1"
SILENCE = 60.0
ALIVE_EVERY = 5.0
GOVERNORS = "/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor"
HEAT = "/sys/class/thermal/thermal_zone0/temp"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
speaking = threading.Lock()


def main() -> None:
    """Serve requests until `bye` or the end of the connection."""
    try:
        folder = tempfile.mkdtemp(prefix="tflite-study-")
    except OSError as error:
        sys.stdout.write(HELLO + "\n")
        say(refusal(error))
        return
    tell, guard = start_guard(folder)
    sys.stdout.write(HELLO + "\n")
    say({"event": "answer", "folder": folder, "python": sys.executable})
    requests: queue.Queue[Json] = queue.Queue()
    seen = [time.monotonic()]
    threading.Thread(target=listen, args=(folder, requests, seen), daemon=True).start()
    threading.Thread(target=watch, args=(seen,), daemon=True).start()
    while True:
        request = requests.get()
        if request["do"] == "bye":
            os.close(tell)
            os.waitpid(guard, 0)
            say({"event": "answer", "left": os.path.exists(folder)})
            return
        try:
            answer = {"run": run, "governor": set_governors, "cool": cool, "file": kept}[request["do"]](
                request, folder, tell
            )
        except OSError as error:
            answer = refusal(error)
        say(answer)


def listen(folder: str, requests: queue.Queue[Json], seen: list[float]) -> None:
    """Read requests; keep the bytes of files. The end of the connection ends this process, and the guard cleans up."""
    source = sys.stdin.buffer
    while True:
        line = source.readline()
        seen[0] = time.monotonic()
        if not line.endswith(b"\n"):
            os._exit(1)
        request = json.loads(line)
        if request["do"] == "file":
            request["problem"] = receive(source, os.path.join(folder, os.path.basename(request["name"])), request, seen)
        if request["do"] != "ping":
            requests.put(request)


def receive(source: BinaryIO, path: str, request: Json, seen: list[float]) -> Json | None:
    """Write the bytes that follow to `path`, whole and with the right hash; else say what is wrong with them."""
    left, digest, problem, target = request["size"], hashlib.sha256(), None, -1
    try:
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        problem = error
    while left:
        piece = source.read(min(left, 1 << 16))
        seen[0] = time.monotonic()
        if not piece:
            os._exit(1)
        left -= len(piece)
        digest.update(piece)
        try:
            if problem is None and os.write(target, piece) != len(piece):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            problem = error
    if target >= 0:
        os.close(target)
    if problem is not None:
        return refusal(problem)
    if digest.hexdigest() != request["sha256"]:
        return {"event": "error", "what": "hash", "said": "the file arrived with another SHA-256"}
    return None


def kept(request: Json, folder: str, tell: int) -> Json:
    """Answer to a file that `receive` has dealt with."""
    return request["problem"] or {"event": "answer", "sha256": request["sha256"]}


def watch(seen: list[float]) -> None:
    """End this process when nothing has been heard for too long."""
    while time.monotonic() - seen[0] < SILENCE:
        time.sleep(1)
    os._exit(1)


def run(request: Json, folder: str, tell: int) -> Json:
    """Run a process in the folder, with its output capped; tell now and then that it still runs."""
    argv = [part.replace("{folder}", folder) for part in request["argv"]]
    text = json.dumps(request["input"]).replace("{folder}", folder).encode() if request["input"] is not None else b""
    with open(os.path.join(folder, "stdin"), "wb") as file:
        file.write(text)
    paths = [os.path.join(folder, name) for name in ("stdout", "stderr")]
    meter, samples = None, []
    ended: int | None = None
    if request["watch"]:
        meter = subprocess.Popen(
            [part.replace("{folder}", folder) for part in request["watch"]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    begin = time.monotonic()
    with open(os.path.join(folder, "stdin"), "rb") as source, open(paths[0], "wb") as out, open(paths[1], "wb") as err:
        process = subprocess.Popen(argv, cwd=folder, stdin=source, stdout=out, stderr=err, start_new_session=True)
        write(tell, ["child", process.pid])
        told, pause = begin, 0.02
        while time.monotonic() - begin < request["limit"]:
            ended = process.poll()
            if ended is not None:
                break
            time.sleep(pause)
            pause = min(1.0, 1.2 * pause)  # seldom, since looking takes time from what is timed
            if time.monotonic() - told >= ALIVE_EVERY:
                told = time.monotonic()
                say({"event": "progress", "seconds": round(told - begin, 1)})
            if os.path.getsize(paths[0]) > request["cap"]:
                break
        if ended is None:
            kill(process.pid)
            process.wait()
        write(tell, ["child", 0])
    if meter is not None:
        meter.terminate()
        samples = [json.loads(line) for line in meter.communicate()[0].splitlines() if line.endswith(b"]")]
    size = os.path.getsize(paths[0])
    if size > request["cap"]:
        return {"event": "error", "what": "oversized", "said": f"it printed more than {request['cap']} bytes"}
    if ended is None:
        return {"event": "error", "what": "hung", "said": f"no answer within {request['limit']:g} s"}
    with open(paths[0], "rb") as file:
        output = file.read().decode("utf-8", "replace")
    with open(paths[1], "rb") as file:
        file.seek(max(0, os.path.getsize(paths[1]) - 4000))
        errors = file.read().decode("utf-8", "replace")
    return {"event": "answer", "code": ended, "stdout": output, "stderr": errors, "samples": samples}


def set_governors(request: Json, folder: str, tell: int) -> Json:
    """Set every governor, each after the guard knows what to restore. `refused` are those that may not be set."""
    before: Json = {}
    refused = []
    for path in sorted(glob.glob(GOVERNORS)):
        before[path] = read(path)
        if before[path] != request["want"]:
            write(tell, ["restore", path, before[path]])
            if not put(path, request["want"]):
                refused.append(path)
    return {"event": "answer", "before": before, "refused": refused}


def cool(request: Json, folder: str, tell: int) -> Json:
    """Wait for the processor to cool down; `celsius` is None where it cannot be read."""
    begin = told = time.monotonic()
    while True:
        text = read(HEAT)
        celsius, waited = (int(text) / 1e3 if text else None), time.monotonic() - begin
        if celsius is None or celsius <= request["below"] or waited >= request["most"]:
            return {
                "event": "answer",
                "celsius": celsius,
                "seconds": round(waited, 1),
                "reached": celsius is None or celsius <= request["below"],
            }
        if time.monotonic() - told >= ALIVE_EVERY:
            told = time.monotonic()
            say({"event": "progress", "celsius": celsius, "seconds": round(waited, 1)})
        time.sleep(min(1.0, request["most"] / 10))


def start_guard(folder: str) -> tuple[int, int]:
    """Fork the guard; return the end of its pipe to write to, and its process id."""
    hear, tell = os.pipe()
    guard = os.fork()
    if guard:
        os.close(hear)
        return tell, guard
    os.close(tell)
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):  # an open one would keep the SSH connection from closing
        os.dup2(nothing, handle)
    os.chdir("/")
    restore: Json = {}
    child = 0
    with os.fdopen(hear) as lines:
        for line in lines:
            what = json.loads(line)
            if what[0] == "child":
                child = what[1]
            else:
                restore.setdefault(what[1], what[2])
    if child:
        kill(child)
    for path, value in restore.items():
        put(path, value)
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
        time.sleep(0.1)
    os._exit(0)


def kill(group: int) -> None:
    """Kill a process and what it started."""
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)


def put(path: str, value: str) -> bool:
    """Write a file of the system, by sudo where that works without a password. Whether it took."""
    try:
        with open(path, "w") as file:
            file.write(value)
    except OSError:
        if shutil.which("sudo"):
            tee, quiet = ["sudo", "-n", "tee", path], subprocess.DEVNULL
            subprocess.run(tee, input=value.encode(), stdout=quiet, stderr=quiet, timeout=10)
    return read(path) == value


def refusal(error: OSError) -> Json:
    """What the system refuses, as an answer."""
    what = "full" if error.errno in FULL else "system"
    return {"event": "error", "what": what, "said": os.strerror(error.errno) if error.errno else str(error)}


def write(tell: int, message: list[Any]) -> None:
    """Tell the guard."""
    os.write(tell, (json.dumps(message) + "\n").encode())


def say(event: Json) -> None:
    """One line to the other side."""
    with speaking:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def read(path: str) -> str | None:
    """Text of a file, stripped; None if it is not there or may not be read."""
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None


if __name__ == "__main__":
    main()
