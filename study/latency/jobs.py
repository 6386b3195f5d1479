"""What is known of a device of the plan from its entry: which runtimes and thread counts it covers, and its board."""

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


def board_of(key: str) -> str:
    """What a device computes figures for, by its key in a report, where a second machine's has a number behind it."""
    return next((entry.board for name, entry in DEVICES.items() if key.startswith(name)), "")
