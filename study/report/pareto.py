"""The Pareto front: what nothing else beats on both counts."""

from collections.abc import Sequence

import pandas as pd

from study.report.tables import known


def front(costs: Sequence[float], gains: Sequence[float]) -> list[bool]:
    """Mark the points that no other dominates: cost at most as high, gain at least as high, one strictly.

    Equal points stand or fall together. NaN never belongs to the front and dominates nothing.
    """
    best, marks = float("-inf"), [False] * len(costs)
    usable = [i for i, (cost, gain) in enumerate(zip(costs, gains, strict=True)) if cost == cost and gain == gain]
    order = sorted(usable, key=lambda i: (costs[i], -gains[i]))
    last: tuple[float, float] | None = None
    for i in order:
        point = (costs[i], gains[i])
        if gains[i] > best or point == last:
            marks[i], best, last = True, gains[i], point
    return marks


def front_rows(table: pd.DataFrame, cost: str, gain: str = "top1") -> pd.DataFrame:
    """The rows on the front, cheapest first: numbers in figures and tables count along them, from 1 on."""
    usable = known(table, cost, gain)
    return usable.loc[front(usable[cost].tolist(), usable[gain].tolist())].sort_values([cost, "variant"])
