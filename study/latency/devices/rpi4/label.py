"""The error that stands under a predicted time: that of predictions made as this one is, on networks of its kind.

Decided here alone, whenever a prediction is shown: what an older version stored with it was one figure for all kinds.
"""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from math import isclose
from typing import Any

from study.latency.devices.rpi4 import validation
from study.latency.devices.rpi4.validation import LeftOut

PROFILE, FILE = "from the emulated profile", "from the model file alone"
"""The two ways to predict, as a prediction's `method` says it."""
VALIDATED = {"runtime": "tflite_runtime", "threads": 1, "delegate": "none"}
"""How the networks ran that known times are of; `none`: built-in kernels."""
RECOUNTED = 0.01
"""Share by which a constant may differ from that of today: counting the ten anew moves it by less, since conflicts in
caches depend on where a file's buffers lie (`timing.py`). So far the error does not move by a point."""


@cache
def errors(method: str) -> Mapping[str, LeftOut]:
    """Kind of network -> the left-out error of one way to predict, on the ten published times.

    Raises:
        KeyError: it is neither PROFILE nor FILE.
    """
    found = {PROFILE: validation.profile_errors, FILE: validation.file_errors}[method]()
    return validation.by_kind(validation.published(), found)


def left_out_percent(kind: str, prediction: Mapping[str, Any]) -> float | None:
    """Mean left-out error, in per cent, of predictions like this one; None: not validated.

    Args:
        kind: of network, from `study.latency.network_kind`.
        prediction: the stored document. Constants that were refitted to a board bring their errors by kind with them;
            without, it must have been made with the constants of the published times.
    """
    computed = prediction.get("computed") or {}
    if any(prediction.get(key) != value for key, value in VALIDATED.items()):
        return None
    if computed.get("calibrated"):
        own = computed.get("left_out_percent")
        found = own.get(kind) if isinstance(own, Mapping) else None
        return float(found) if isinstance(found, int | float) else None
    if not _published_constants(computed):
        return None
    known = errors(computed["method"]).get(kind)
    return known.mean if known else None


def _published_constants(computed: Mapping[str, Any]) -> bool:
    """Whether it was made with what is fitted to the ten."""
    method, own = computed.get("method"), computed.get("rates")
    if method == PROFILE:
        return _close(computed.get("scale"), validation.profile_errors().scale)
    fitted = asdict(validation.file_rates()).items()
    return method == FILE and isinstance(own, Mapping) and all(_close(own.get(name), rate) for name, rate in fitted)


def _close(own: Any, fitted: float) -> bool:
    return isinstance(own, int | float) and isclose(own, fitted, rel_tol=RECOUNTED)
