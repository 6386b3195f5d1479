"""Which runtimes and thread counts a device covers: what params.yaml asks for, unless it can do one thing alone."""

from collections.abc import Sequence

from study.latency.devices import DEVICES
from study.specs.latency import LatencySpec


def covered(device: str, spec: LatencySpec, own: Sequence[int | str] | None = None) -> list[tuple[str, int | str]]:
    """Pairs of runtime and threads as asked for, in the order of the report.

    `device` is an entry of DEVICES, `own` are thread counts of this one.
    """
    if fixed := DEVICES[device].jobs:
        return list(fixed)
    return [(runtime, threads) for runtime in spec.runtimes for threads in own or spec.threads]
