"""Run a model in a process that sees an x86 processor without AVX: there, as on ARM, XNNPACK computes sparsely.

`python -m benchmarks.without_avx RUNS MODEL...` answers, as JSON, the logits of one fixed image and the median
microseconds of each model, invoked in turn. QEMU emulates the processor: its times compare with one another only.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

EMULATOR = "qemu-x86_64"
"""Of Debian's package qemu-user."""


def available() -> bool:
    """Whether the emulator is installed."""
    return shutil.which(EMULATOR) is not None


def run(models: list[Path], runs: int = 1) -> list[dict[str, Any]]:
    """`logits` [C] and `median_us` of each model, on an emulated processor of 2008 (Nehalem: SSE4.2, no AVX).

    Raises:
        RuntimeError: the runtime refuses a model.
    """
    command = [EMULATOR, "-cpu", "Nehalem", str(Path(sys.executable).resolve()), "-m", __name__, str(runs)]
    # The interpreter behind the environment's link does not know the environment: it is told where to look.
    done = subprocess.run(
        [*command, *map(str, models)],
        env={"PYTHONPATH": ":".join(path or "." for path in sys.path)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1])
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _measure(models: list[str], runs: int) -> list[dict[str, Any]]:
    from ai_edge_litert.interpreter import Interpreter

    loaded, logits, times = [], [], [[0.0] * runs for _ in models]
    for path in models:
        interpreter = Interpreter(model_path=path, num_threads=1)
        interpreter.allocate_tensors()
        given, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        image = np.random.default_rng(0).uniform(-1, 1, given["shape"]).astype(np.float32)
        interpreter.set_tensor(given["index"], image)
        interpreter.invoke()
        logits.append(interpreter.get_tensor(answer["index"])[0].tolist())
        loaded.append(interpreter)
    for number in range(runs):
        for place, interpreter in enumerate(loaded):
            started = time.perf_counter()
            interpreter.invoke()
            times[place][number] = 1e6 * (time.perf_counter() - started)
    return [{"logits": row, "median_us": float(np.median(own))} for row, own in zip(logits, times, strict=True)]


if __name__ == "__main__":
    json.dump(_measure(sys.argv[2:], int(sys.argv[1])), sys.stdout)
