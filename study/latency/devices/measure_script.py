"""Time one model in this fresh process and print one JSON document.

Self-contained: it needs Python 3.9 or newer, NumPy and an interpreter package, nothing of this project, so that it
can be sent to another machine as it is. The request is one JSON object on standard input:

    model (path), model_sha256, runtime (ai_edge_litert or tflite_runtime), threads, warmup_runs, warmup_seconds,
    runs, seconds, max_seconds, end_to_end_runs, end_to_end_seconds,
    images (or none: path of raw uint8 images, shape [n, H, W, 3], table of the input for each pixel value),
    signature (or none: which level of a file of several is timed; without, its main subgraph)

The answer holds all samples in nanoseconds (`invoke_ns` around invoke() alone, `end_to_end_ns` around set_tensor,
invoke and get_tensor), memory in bytes, and the surroundings before and after; where images were given, `outputs` for
each of them, raw and in base64. A failure is {"error": "..."}.
"""

from __future__ import annotations  # for the older Python of a board

import base64
import gc
import hashlib
import importlib
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    try:
        answer = measure(request)
    except Exception as error:
        answer = {"error": " ".join(str(error).split()) or type(error).__name__}
    json.dump(answer, sys.stdout)


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Load, warm up, time both series. Raises whatever the runtime raises."""
    import numpy as np

    runtime = importlib.import_module(request["runtime"])
    interpreters = importlib.import_module(request["runtime"] + ".interpreter")
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow is loaded: its kernels would be timed in place of the runtime's")
    if file_sha256(request["model"]) != request["model_sha256"]:
        raise RuntimeError("the model's file differs from the one asked for (SHA-256)")
    rng = np.random.default_rng(0)
    before, busy, own, wall = surroundings(), machine_seconds(), time.process_time(), time.perf_counter()
    empty = memory()  # of the runtime without a model

    interpreter = interpreters.Interpreter(model_path=request["model"], num_threads=request["threads"])
    interpreter.allocate_tensors()  # before any runner: tflite-runtime 2.14 would run it without XNNPACK
    if request.get("signature"):
        interpreter = Level(interpreter, request["signature"])
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    kind = np.dtype(source["dtype"])
    if kind.kind == "f":
        image = rng.uniform(-1, 1, source["shape"]).astype(kind)
    else:
        limits = np.iinfo(kind)
        image = rng.integers(max(limits.min, -128), min(limits.max, 255), source["shape"], endpoint=True).astype(kind)

    def end_to_end() -> None:
        interpreter.set_tensor(source["index"], image)
        interpreter.invoke()
        interpreter.get_tensor(target["index"])

    end_to_end()
    gc.disable()
    cap = request["max_seconds"]
    warm = series(interpreter.invoke, max(3, request["warmup_runs"]), request["warmup_seconds"], cap)
    loaded = memory()
    window = [time.monotonic_ns()]
    invoke_ns = series(interpreter.invoke, request["runs"], request["seconds"], cap)
    window.append(time.monotonic_ns())
    end_to_end_ns = series(end_to_end, request["end_to_end_runs"], request["end_to_end_seconds"], cap)

    wall, own = time.perf_counter() - wall, time.process_time() - own
    busy_after = machine_seconds()
    answer = {
        "runtime_version": getattr(runtime, "__version__", "unknown"),
        "delegate": delegate(interpreter),
        "invoke_ns": invoke_ns,
        "invoke_window_ns": window,
        "end_to_end_ns": end_to_end_ns,
        "private_bytes": difference(loaded.get("RssAnon"), empty.get("RssAnon")),
        "peak_rss_bytes": loaded.get("VmHWM"),  # before the samples themselves take memory
        "empty_rss_bytes": empty.get("VmHWM"),
        "surroundings": {
            "warmups": len(warm),
            "other_cpus": None
            if busy is None or busy_after is None
            else round(max(0.0, busy_after - busy - own) / wall, 3),
            "before": before,
            "after": surroundings(),
        },
        "context": machine(np.__version__),
    }
    images = request.get("images")
    if images:
        pixels = np.fromfile(images["path"], np.uint8).reshape(images["shape"])
        table, rows = np.array(images["table"], kind), []
        for pixel in pixels:
            image = table[pixel][None]
            end_to_end()
            rows.append(np.array(interpreter.get_tensor(target["index"])))
        answer["outputs"] = base64.b64encode(np.concatenate(rows).tobytes()).decode()
    return answer


class Level:
    """One signature of an interpreter, behind the interpreter's own methods.

    A signature runner copies input and output at each call: here its subgraph is invoked without, as it does itself.
    """

    def __init__(self, interpreter: Any, signature: str) -> None:
        runner = interpreter.get_signature_runner(signature)
        self._wrapper, self._subgraph = runner._interpreter_wrapper, runner._subgraph_index
        self._wrapper.AllocateTensors(self._subgraph)
        self._runner, self._get_ops_details = runner, interpreter._get_ops_details

    def get_input_details(self) -> list[Any]:
        """What goes in."""
        return list(self._runner.get_input_details().values())

    def get_output_details(self) -> list[Any]:
        """What comes out."""
        return list(self._runner.get_output_details().values())

    def set_tensor(self, index: int, value: Any) -> None:
        """Copy an input."""
        self._wrapper.SetTensor(index, value, self._subgraph)

    def invoke(self) -> None:
        """Run the level."""
        self._wrapper.Invoke(self._subgraph)

    def get_tensor(self, index: int) -> Any:
        """A copy of an output."""
        return self._wrapper.GetTensor(index, self._subgraph)


def series(call: Callable[[], None], runs: int, seconds: float, max_seconds: float) -> list[int]:
    """Nanoseconds of each call: at least `runs` calls and `seconds`, but no more than `max_seconds`."""
    clock = time.perf_counter_ns
    samples: list[int] = []
    start = clock()
    enough, most = start + int(seconds * 1e9), start + int(max_seconds * 1e9)
    while True:
        begin = clock()
        call()
        end = clock()
        samples.append(end - begin)
        if (end >= enough and len(samples) >= runs) or end >= most:
            return samples


def memory() -> dict[str, int]:
    """VmHWM (peak resident) and RssAnon (private) of this process, in bytes; empty outside Linux."""
    found: dict[str, int] = {}
    for line in (read("/proc/self/status") or "").splitlines():
        name, _, value = line.partition(":")
        if name in ("VmHWM", "RssAnon"):
            found[name] = int(value.split()[0]) * 1024
    return found


def machine_seconds() -> float | None:
    """Processor seconds that all processes together have used since the start of the machine, stolen ones included."""
    line = (read("/proc/stat") or "").splitlines()[:1]
    if not line:
        return None
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(part) for part in line[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def surroundings() -> dict[str, Any]:
    """What may change while measuring: load, clock and governor of each processor, temperature; None if unreadable."""
    cpufreq = "/sys/devices/system/cpu/cpu0/cpufreq/"
    clock, heat = read(cpufreq + "scaling_cur_freq"), read("/sys/class/thermal/thermal_zone0/temp")
    nominal, real = read(cpufreq + "cpuinfo_max_freq"), firmware("measure_clock", "arm")
    bits = firmware("get_throttled")
    return {
        "load_1min": os.getloadavg()[0],
        "governor": read(cpufreq + "scaling_governor"),
        "requested_mhz": int(clock) / 1e3 if clock else None,
        "nominal_mhz": int(nominal) / 1e3 if nominal else None,
        "celsius": int(heat) / 1e3 if heat else None,
        "arm_mhz": int(real) / 1e6 if real else None,
        "throttled": int(bits, 16) if bits else None,
    }


def firmware(*question: str) -> str | None:
    """What the firmware of a Raspberry Pi answers, after the `=`; None on other machines."""
    if shutil.which("vcgencmd") is None:
        return None
    try:
        done = subprocess.run(
            ["vcgencmd", *question], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().partition("=")[2] or None


def machine(numpy_version: str) -> dict[str, Any]:
    """What stays the same about this machine."""
    names = [
        line.split(":", 1)[1].strip()
        for line in (read("/proc/cpuinfo") or "").splitlines()
        if line.lower().startswith(("model name", "model\t"))
    ]
    board = read("/proc/device-tree/model")
    return {
        "cpu": next((name for name in names if not name.isdigit()), "unknown"),
        "board": board.rstrip("\0") if board else None,
        "processors": len(os.sched_getaffinity(0)),
        "architecture": platform.machine(),
        "long_bit": struct.calcsize("P") * 8,
        "system": platform.system() + " " + platform.release(),
        "python": platform.python_version(),
        "numpy": numpy_version,
        "identity": identity(),
    }


def identity() -> str | None:
    """Equal for measurements of one machine between two starts of it, and for no others; None if unknown.

    A name of a processor stands for many machines, and a virtual machine may come up on another one after each start:
    so the kernel's number of this start decides. Copies of a running machine have it in common, but often an id of
    their own. Hashed, since neither is anybody else's business (machine-id(5)); moves while it runs are not seen.
    """
    start = read("/proc/sys/kernel/random/boot_id")
    if not start:
        return None
    text = " ".join(("tflite-compression-study", start, read("/etc/machine-id") or ""))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def delegate(interpreter: Any) -> str:
    """`xnnpack` if the runtime handed any operator to its default delegate, else `none`."""
    names = [operator["op_name"] for operator in interpreter._get_ops_details()]
    return "xnnpack" if "DELEGATE" in names else "none"


def file_sha256(path: str) -> str:
    """In pieces, so that the model never counts into this process's peak memory."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(65536), b""):
            digest.update(piece)
    return digest.hexdigest()


def difference(after: int | None, before: int | None) -> int | None:
    """Bytes gained, None if unknown."""
    return None if after is None or before is None else max(0, after - before)


def read(path: str) -> str | None:
    """Text of a file of the system, stripped; None if it is not there or may not be read."""
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None


if __name__ == "__main__":
    main()
