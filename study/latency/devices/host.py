"""Latency and memory on this machine. Each round is a fresh process running `measure_script.py`.

A device is a module with two functions. `prepare` says what it can measure, as measurements without rounds; `measure`
yields each measurement whenever a round has been added to it, so that the caller can save it at once and hand it back
in a later session. Both are told which device of the plan is meant (target.py), and raise a `DeviceFault` when nothing
can be measured on it now.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from study import provenance
from study.latency import measurement
from study.latency.devices.measure_script import identity
from study.latency.devices.rounds import in_rounds, planned, time_limit
from study.latency.devices.script import SCRIPT, ask
from study.latency.devices.target import DeviceUnderTest
from study.latency.measurement import Job, Latency
from study.specs.latency import LatencySpec
from study.tflite.run import runtime_version

COOLING_SECONDS = 5.0
"""Rest before doubtful measurements are repeated, after all others are done."""


def prepare(models: Mapping[str, bytes], spec: LatencySpec, target: DeviceUnderTest) -> dict[Job, Latency]:
    """What can be measured here: each variant in each installed runtime; `all` threads only where there are several.

    Args:
        models: level -> bytes of its .tflite file.
        spec: section `latency` of params.yaml.
        target: the device as the plan names it.
    """
    machine = provenance.machine()
    fixed = {name: machine[name] for name in ("cpu", "processors", "architecture", "long_bit")}
    fixed["identity"] = identity()  # after another start, times of this one are not gone on with
    versions: dict[str, str] = {runtime: version for runtime in spec.runtimes if (version := runtime_version(runtime))}
    return planned(models, spec, target, machine["processors"], versions, fixed)


def measure(
    models: Mapping[str, bytes], begun: Mapping[Job, Latency], spec: LatencySpec, target: DeviceUnderTest
) -> Iterator[tuple[Job, Latency]]:
    """Add rounds until every measurement is complete, see `study.latency.devices.rounds`.

    Args:
        models: level -> bytes of its .tflite file.
        begun: from `prepare`, or what an earlier session made of it. Only `partial` ones are worked on.
        spec: budget of a round, and the number of rounds.
        target: the device as the plan names it.
    """
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        files = {
            model: Path(folder) / f"{number}.tflite" for number, model in enumerate(dict.fromkeys(models.values()))
        }
        for model, path in files.items():
            path.write_bytes(model)
        yield from in_rounds(
            begun,
            spec,
            lambda job, found: ask(
                SCRIPT, measurement.request(str(files[models[job.variant]]), found, spec), time_limit(spec)
            ),
            lambda: time.sleep(COOLING_SECONDS),
        )
