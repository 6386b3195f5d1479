"""How fast penalties grow, so that a phase of any length ends with the planned filters gone. Free of any framework.

By the constants of the authors' code a filter is gone after 10,000 updates at the earliest; a short budget has a few
hundred steps, so here the phase sets them.
"""

from dataclasses import dataclass

UPDATES = 400
"""Most updates of a phase: more would follow the noise of single steps."""
FIRST = 14
"""The weakest filter is gone after one in so many of the updates. The last one of a group takes up to eleven times as
long, as the increment falls to zero towards it (simulated for up to 1280 filters, of which 10 to 90 % go)."""
FALL = 4.0
"""On its way there the weakest filter falls to exp(-FALL), 2 %, by decay at the peak rate."""


@dataclass(frozen=True)
class Pace:
    """Steps between two updates, the increment of the weakest filter, and the penalty at which a filter is gone.

    Penalties are in the unit of AdamW's weight decay: a step takes off rate times penalty.
    """

    interval: int
    largest: float
    limit: float


def pace(steps: int, rate: float) -> Pace:
    """Of a phase of so many `steps` at the peak rate `rate`."""
    interval = -(-steps // UPDATES)
    until_gone = max(1.0, steps // interval / FIRST)
    limit = 2 * FALL / (rate * interval * until_gone)  # growing evenly from zero, it is half of that in the mean
    return Pace(interval, limit / until_gone, limit)
