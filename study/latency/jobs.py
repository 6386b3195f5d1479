"""Which runtimes and thread counts a device covers: what params.yaml asks for, unless it can do one thing alone."""

from collections.abc import Sequence

from study.specs.latency import LatencySpec

FIXED: dict[str, tuple[tuple[str, int], ...]] = {
    "rpi4_predicted": (("tflite_runtime", 1),),  # what the published times could validate
    "rpi4_emulated": (("tflite_runtime", 1), ("ai_edge_litert", 1)),
}


def covered(device: str, spec: LatencySpec, own: Sequence[int | str] | None = None) -> list[tuple[str, int | str]]:
    """Pairs of runtime and threads as asked for, in the order of the report; `own` are thread counts of this device."""
    if device in FIXED:
        return list(FIXED[device])
    return [(runtime, threads) for runtime in spec.runtimes for threads in own or spec.threads]
