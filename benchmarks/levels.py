"""What a file of four levels costs beside four files, and how long the manager takes to decide.

MobileNetV3 Small at a quarter, a half, three quarters and all of its channels, untrained, in float32: one file with a
signature each, and each network in a file of its own. `python -m benchmarks.levels FOLDER` writes them, in a process of
its own.
"""

import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from pipelines.levels_measure import SCRIPT as LEVELS
from study.latency.devices.script import SCRIPT, ask
from study.manager.measured import Answer, answer_of, request
from study.manager.policy import Task, begin, step
from study.manager.profile import Entry, Setting
from study.tflite.run import RUNTIMES

DECISION_US = 20.0
SWITCHING = 1.3
"""Most that the first call after another level's may take of a later one."""
SLOWER, RUNNER_US = 1.05, 5.0
"""Most that a level may take of its own file's time, and microseconds that a signature's runner may add."""
WIDTHS = (100, 75, 50, 25)
FAMILY = "family"
ROUNDS, SECONDS = 5, 1.0
LOW = 25
"""Percentile of calls that stands for a round: what else the machine does makes none of them faster."""


def measure() -> bool:
    """Print times of decisions, of switching, and of levels beside their own files; return whether all hold."""
    good = _decisions()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", __name__, name], check=True, capture_output=True)
        for runtime in RUNTIMES:
            good &= _levels(folder, runtime)
    return good


def _decisions(calls: int = 20_000) -> bool:
    """Steps of a policy with twelve entries, under a load that comes and goes."""
    front = tuple(Entry(f"w{width}", Setting(), 10.0 * width) for width in range(12, 0, -1))
    noise = np.random.default_rng(0).lognormal(0.2, 0.3, calls).tolist()
    state, times = begin(Task(front, 300.0)), []
    for factor in noise:
        took = state.choice.entry.microseconds * factor
        before = time.perf_counter_ns()
        state = step(state, took)
        times.append((time.perf_counter_ns() - before) / 1e3)
    half, most = np.percentile(times, [50, 99])
    print(
        f"decision: median {half:.1f} us, 99 % within {most:.1f} us (bound: median at most {DECISION_US:g})", flush=True
    )
    return bool(half <= DECISION_US)


def _levels(folder: Path, runtime: str) -> bool:
    names = [f"w{width}" for width in WIDTHS]
    together: dict[str, list[float]] = {name: [] for name in names}
    alone: dict[str, list[float]] = {name: [] for name in names}
    switching: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        found = _family(folder / f"{FAMILY}.tflite", runtime)
        for name in names:
            steady = float(np.percentile(found.levels[name].steady, LOW))
            together[name].append(steady)
            switching[name].append(float(np.percentile(found.levels[name].switched, LOW)) / steady)
            alone[name].append(_single(folder / f"{name}.tflite", runtime))
    good = True
    for name in names:
        ours, theirs, switch = median(together[name]), median(alone[name]), median(switching[name])
        print(
            f"levels, {runtime}, {name}: {ours:.1f} us, in its own file {theirs:.1f} us "
            f"(bound: {SLOWER:g} times and {RUNNER_US:g} us more), after another level {switch:.2f} times "
            f"(bound: {SWITCHING:g})",
            flush=True,
        )
        good &= ours <= SLOWER * theirs + RUNNER_US and switch <= SWITCHING
    return good


def _family(path: Path, runtime: str) -> Answer:
    asked = request(str(path), _sha256(path), runtime, Setting(), SECONDS)
    return answer_of(ask(LEVELS, asked, 120), Setting())


def _single(path: Path, runtime: str) -> float:
    """Microseconds of a call with its input and output, by the script that measures latency."""
    budget = {"warmup_runs": 50, "warmup_seconds": 0.0, "runs": 10, "seconds": 0.0, "max_seconds": 60.0}
    asked = {"model": str(path), "model_sha256": _sha256(path), "runtime": runtime, "threads": 1}
    answer = ask(SCRIPT, asked | budget | {"end_to_end_runs": 200, "end_to_end_seconds": SECONDS / 4}, 120)
    return float(np.percentile(answer["end_to_end_ns"], LOW)) / 1e3


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_models(folder: Path) -> None:
    """Convert the untrained network at four widths, together and one by one: its speed is that of a trained one."""
    from study.convert.signatures import convert_levels
    from study.networks.channels.groups import channel_groups
    from study.networks.channels.surgery import prune
    from study.networks.models.mobilenet_v3_small import build
    from study.networks.setup import prepare

    prepare(seed=0, threads=1)
    whole = build(10, (32, 32, 3))
    groups = channel_groups(whole, zero_padding=False).prunable
    levels = {}
    for width in WIDTHS:
        keep = {name: range(_narrowed(group.width, width)) for name, group in groups.items()}
        levels[f"w{width}"] = prune(whole, keep, zero_padding=False) if width < 100 else whole
    for name, some in {FAMILY: levels, **{key: {key: model} for key, model in levels.items()}}.items():
        (folder / f"{name}.tflite").write_bytes(convert_levels(some, lambda converter: None))


def _narrowed(channels: int, width: int) -> int:
    """So many per cent of them, as a multiple of 8."""
    return min(channels, max(8, round(channels * width / 100 / 8) * 8))


if __name__ == "__main__":
    write_models(Path(sys.argv[1]))
