"""Joules per inference, where something on the board measures its power.

The power is that of the whole board while it does nothing but invoke, so it holds what the board draws at rest too. It
is sampled in a run of its own: asking for it takes processor time.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

SCRIPT = Path(__file__).with_name("meter_script.py")
PERIOD_SECONDS = 0.1
RUN_SECONDS = 5.0
FEWEST = 5
"""Samples of power below which there is no figure."""


def energy(answer: Mapping[str, Any], samples: Sequence[Any]) -> dict[str, Any] | None:
    """`joules` per inference and mean `watts` while invoking, from `n` samples; None where there are too few.

    Args:
        answer: of `measure_script.py`, with `invoke_window_ns`, the monotonic time of the first series.
        samples: of `meter_script.py`: [monotonic nanoseconds, watts] each.
    """
    try:
        begin, end = (int(moment) for moment in answer["invoke_window_ns"])
        known = [(float(moment), float(watts)) for moment, watts in samples]
        count = len(answer["invoke_ns"])
    except (KeyError, TypeError, ValueError):
        return None
    inside = [watts for moment, watts in known if begin <= moment <= end and 0 < watts < 1000]
    if len(inside) < FEWEST or not count or end <= begin:
        return None
    watts = float(np.mean(inside))
    return {"joules": watts * (end - begin) / 1e9 / count, "watts": watts, "n": len(inside)}
