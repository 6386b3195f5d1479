"""Run the levels of a .tflite file of several, one signature each, and measure what running and changing them takes.

Self-contained: it needs Python 3.9 or newer, NumPy and an interpreter package, nothing of this project, so that it
can be copied to a board as it is. A program there uses the class:

    levels = Levels("family.tflite", "tflite_runtime")
    logits = levels.run("w50", image)

As a script it answers one request in its fresh process. The request is one JSON object on standard input:

    model (path), model_sha256, runtime (ai_edge_litert or tflite_runtime), threads, seconds,
    affinity (or none: processors to run on)

The answer is one JSON object: for each level its first call and two series of single calls in nanoseconds
(`switched_ns` right after another level's call, `steady_ns` after its own); bytes of memory that the open file takes
(`private_bytes` of this process alone, `resident_bytes` with the pages of the file). A failure is {"error": "..."}.
"""

from __future__ import annotations  # for the older Python of a board

import gc
import hashlib
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

RUN = 4
"""Calls of one level in a row: the first follows another level's call, the second may still find cold caches."""


class Levels:
    """The levels of one file, ready to run: one interpreter, one runner a level.

    `names`: the signatures, in the file's order. Each level has one input and one output. `delegate`: `xnnpack` if the
    runtime handed any operator to its default delegate, else `none`.

    Raises whatever the runtime raises, and RuntimeError where TensorFlow is loaded or a level has other ports.
    """

    def __init__(self, path: str, runtime: str = "ai_edge_litert", threads: int = 1) -> None:
        if "tensorflow" in sys.modules:
            raise RuntimeError("TensorFlow is loaded: its kernels would run in place of the runtime's")
        module = importlib.import_module(runtime + ".interpreter")
        interpreter = module.Interpreter(model_path=str(path), num_threads=threads)
        # Before the first runner: tflite-runtime 2.14 would run all levels without XNNPACK, 2.4 times slower.
        interpreter.allocate_tensors()
        self.names: tuple[str, ...] = tuple(interpreter.get_signature_list())
        if not self.names:
            raise RuntimeError("the file has no signatures: it is no file of several levels")
        self._runners = {name: interpreter.get_signature_runner(name) for name in self.names}
        self._ports = {name: _ports(name, runner) for name, runner in self._runners.items()}
        operators = [operator["op_name"] for operator in interpreter._get_ops_details()]
        self.delegate = "xnnpack" if "DELEGATE" in operators else "none"

    def run(self, name: str, image: Any) -> Any:
        """Logits [1, C] of an image [1, H, W, 3], both as the file has them: float, or quantized integers."""
        source, target = self._ports[name]
        return self._runners[name](**{source: image})[target]

    def input_of(self, name: str) -> dict[str, Any]:
        """What a level takes: `shape`, `dtype`, `quantization` (scale, zero point) and more, as told by the runtime."""
        (details,) = self._runners[name].get_input_details().values()
        return dict(details)


def _ports(name: str, runner: Any) -> tuple[str, str]:
    inputs, outputs = list(runner.get_input_details()), list(runner.get_output_details())
    if len(inputs) != 1 or len(outputs) != 1:
        raise RuntimeError(f"level {name} has {len(inputs)} inputs and {len(outputs)} outputs, not one of each")
    return inputs[0], outputs[0]


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    try:
        answer = measure(request)
    except Exception as error:
        answer = {"error": " ".join(str(error).split()) or type(error).__name__}
    json.dump(answer, sys.stdout)


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Open a file in this process and time its levels in turn. Raises whatever the runtime raises."""
    runtime = importlib.import_module(request["runtime"])
    for name in (request["runtime"] + ".interpreter", "numpy.random"):  # lest their memory counts as the file's
        importlib.import_module(name)
    if file_sha256(request["model"]) != request["model_sha256"]:
        raise RuntimeError("the model's file differs from the one asked for (SHA-256)")
    if request.get("affinity") is not None:
        os.sched_setaffinity(0, request["affinity"])  # before the interpreter's threads are made: they inherit it
    empty = memory()
    begin = time.perf_counter_ns()
    levels = Levels(request["model"], request["runtime"], request["threads"])
    opened = time.perf_counter_ns() - begin
    images = {name: random_image(levels, name) for name in levels.names}
    first = first_calls(levels, images)
    loaded = memory()
    switched, steady = series(levels, images, request["seconds"])
    return {
        "runtime_version": getattr(runtime, "__version__", "unknown"),
        "delegate": levels.delegate,
        "open_ns": opened,
        "private_bytes": difference(loaded, empty, "RssAnon"),
        "resident_bytes": difference(loaded, empty, "VmRSS"),
        "levels": {
            name: {"first_ns": first[name], "switched_ns": switched[name], "steady_ns": steady[name]}
            for name in levels.names
        },
    }


def random_image(levels: Levels, name: str) -> Any:
    """An image as a level takes it: floats from -1 to 1, or any integers. The same at every start."""
    import numpy as np

    source, rng = levels.input_of(name), np.random.default_rng(0)
    kind = np.dtype(source["dtype"])
    if kind.kind == "f":
        return rng.uniform(-1, 1, source["shape"]).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min, limits.max, source["shape"], dtype=kind, endpoint=True)


def first_calls(levels: Levels, images: dict[str, Any]) -> dict[str, int]:
    """Nanoseconds of each level's first call in this process, in the file's order."""
    return {name: nanoseconds(partial(levels.run, name, images[name])) for name in levels.names}


def series(levels: Levels, images: dict[str, Any], seconds: float) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Nanoseconds of calls right after another level's call, and of later ones in a row; for `seconds` altogether.

    The levels take turns, each a few calls, so that what else the machine does meets all alike; every other turn goes
    backwards, so that each follows a wider and a narrower one. At least three turns; of one level all calls are steady.
    """
    switched: dict[str, list[int]] = {name: [] for name in levels.names}
    steady: dict[str, list[int]] = {name: [] for name in levels.names}
    for name in levels.names:  # the processor's clock and caches
        for _ in range(RUN):
            levels.run(name, images[name])
    order, turns = list(levels.names), 0
    collecting = gc.isenabled()
    gc.disable()
    end, before = time.monotonic() + seconds, order[-1]
    while turns < 3 or time.monotonic() < end:
        for name in order:
            call = partial(levels.run, name, images[name])
            times = [nanoseconds(call) for _ in range(RUN)]
            if name != before:
                switched[name].append(times[0])
            steady[name] += times[2:]
            before = name
        order.reverse()
        turns += 1
    if collecting:
        gc.enable()
    return switched, steady


def nanoseconds(call: Callable[[], Any]) -> int:
    """How long a call takes."""
    begin = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - begin


def memory() -> dict[str, int]:
    """RssAnon (private) and VmRSS (resident) of this process, in bytes; empty outside Linux."""
    try:
        with open("/proc/self/status") as file:
            fields = [line.partition(":") for line in file]
    except OSError:
        return {}
    return {name: int(value.split()[0]) * 1024 for name, _, value in fields if name in ("RssAnon", "VmRSS")}


def difference(after: dict[str, int], before: dict[str, int], name: str) -> int | None:
    """Bytes gained, None if unknown."""
    return max(0, after[name] - before[name]) if name in after and name in before else None


def file_sha256(path: str) -> str:
    """In pieces, so that the file never counts into this process's memory."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(65536), b""):
            digest.update(piece)
    return digest.hexdigest()


if __name__ == "__main__":
    main()
