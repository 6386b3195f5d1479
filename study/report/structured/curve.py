"""Top-1 over latency of networks of several widths, and where another network stands beside that curve."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Width:
    """One network of the curve."""

    variant: str
    alpha: float
    us: float
    top1: float
    steady: bool = True  # whether its latency is that of a quiet run


@dataclass(frozen=True)
class Place:
    """Where a latency lies: between two networks, with the top-1 on the straight line from one to the other.

    Beyond the ends there is no top-1 and one network alone: `below` is None left of the fastest, `above` right of the
    slowest.
    """

    below: Width | None
    above: Width | None
    top1: float | None


def place(curve: Sequence[Width], us: float) -> Place:
    """The neighbours of a latency, and the interpolated top-1; of networks of equal latency the most accurate counts.

    Raises:
        ValueError: an empty curve.
    """
    if not curve:
        raise ValueError("a curve needs a network")
    best: dict[float, Width] = {}
    for one in sorted(curve, key=lambda one: one.top1):
        best[one.us] = one
    below = max((one for one in best.values() if one.us <= us), key=lambda one: one.us, default=None)
    above = min((one for one in best.values() if one.us >= us), key=lambda one: one.us, default=None)
    if below is None or above is None:
        return Place(below, above, None)
    part = (us - below.us) / (above.us - below.us) if above.us > below.us else 0.0
    return Place(below, above, below.top1 + part * (above.top1 - below.top1))


def nearest(curve: Sequence[Width], us: float) -> Width:
    """The network whose latency is closest."""
    return min(curve, key=lambda one: (abs(one.us - us), one.us))
