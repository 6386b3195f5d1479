"""Whether the study's latency of one model is that of `litert-benchmark`, the tool that comes with ai-edge-litert.

The same file, one thread, the same minutes: the two take turns (A B A B), and the medians of their rounds are compared.
The tool rounds to 10 microseconds, so the model takes a few milliseconds: MobileNetV2 for images of 96x96.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from study.latency.devices import host
from study.latency.devices.rounds import time_limit
from study.latency.devices.script import SCRIPT, ask
from study.latency.devices.target import DeviceUnderTest
from study.latency.measurement import request, round_of
from study.specs.latency import LatencySpec

BOUND = 0.05
"""Largest relative difference of the medians."""
ROUNDS = 15
SIZE = "96"
RUNS, WARMUPS = 200, 50
SPEC = LatencySpec(["ai_edge_litert"], [1], WARMUPS, 0.0, RUNS, 0.0, 60.0, 1)
TOOL = "from ai_edge_litert.tools.benchmark_litert_model import main; main()"


def compare() -> bool:
    """Print both medians and their ratio; return whether it is within the bound."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "model.tflite"
        subprocess.run([sys.executable, "-m", "benchmarks.evaluation", str(model), SIZE], check=True)
        ((_, job),) = host.prepare({"model": model.read_bytes()}, SPEC, DeviceUnderTest("host")).items()
        ours, theirs = [], []
        for _ in range(ROUNDS):
            answer = ask(SCRIPT, request(str(model), job, SPEC), time_limit(SPEC))
            ours.append(float(np.median(round_of(answer).invoke_ns)) / 1e3)
            theirs.append(_litert_benchmark(model, folder / "result.json"))
    ratio = median(ours) / median(theirs)
    for tool, found in (("study", ours), ("litert-benchmark", theirs)):
        print(f"latency, {tool}: {', '.join(f'{one:.0f}' for one in found)} us, median {median(found):.0f}")
    print(f"latency, ratio: {ratio:.3f} (bound: from {1 - BOUND:.2f} to {1 + BOUND:.2f})", flush=True)
    return abs(ratio - 1) <= BOUND


def _litert_benchmark(model: Path, result: Path) -> float:
    """Median of one run of the tool, microseconds."""
    command = [
        sys.executable,
        "-c",
        TOOL,
        f"--model={model}",
        f"--num_runs={RUNS}",
        f"--warmup_runs={WARMUPS}",
        "--num_threads=1",
        f"--result_json={result}",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"error: litert-benchmark failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return 1e3 * float(json.loads(result.read_text())["latency"]["median_ms"])
