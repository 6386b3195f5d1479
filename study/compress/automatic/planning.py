"""From measured sensitivities to how many channels each group keeps: greedy steps of most saved cost per lost accuracy.

After Glinserer (2021), who prunes by measurement: the layers' contributions to accuracy and to cost decide, not their
place in the network. The order of the steps is this project's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Curve:
    """What cutting one group alone costs: `loss` [K] in points of top-1 where it keeps `kept` [K] channels, falling.

    The first entry is the whole group, at loss 0; fewer channels than the last are never kept.
    """

    kept: Sequence[int]
    loss: Sequence[float]

    def at(self, kept: int) -> float:
        """Points lost with `kept` channels: between measurements a straight line, never falling as more is cut."""
        rising = np.maximum.accumulate(np.maximum(self.loss, 0.0))
        return float(np.interp(-kept, -np.asarray(self.kept), rising))


@dataclass(frozen=True)
class Step:
    """One step of the plan: the group, what it keeps now, and the network's cost and predicted loss after it.

    `cost` is a fraction of that of the whole network; `predicted_loss_pp` adds the losses of all groups cut so far.
    """

    group: str
    kept: int
    cost: float
    predicted_loss_pp: float


def greedy(
    curves: Mapping[str, Curve],
    cost: Callable[[Mapping[str, int]], float],
    noise: float,
    multiple: int,
    target: float = 0.0,
    budget: float = float("inf"),
) -> list[Step]:
    """Cut, step by step, a tenth of the group that saves most per lost point, until `target` or `budget` is reached.

    Args:
        curves: of each group that may be cut.
        cost: channels kept by groups (left out: all) -> cost, in any unit.
        noise: points of top-1 below which a loss is not told from none; no step counts less.
        multiple: groups keep multiples of it, or as many as they have.
        target: fraction of the whole cost to come down to.
        budget: points of predicted loss that may not be exceeded.

    Returns:
        The steps; they end early where every group is at the end of its curve.
    """
    kept = {name: curve.kept[0] for name, curve in curves.items()}
    whole = now = cost(kept)
    steps: list[Step] = []
    while now > target * whole:
        best: tuple[float, str, int, float] | None = None
        lost = sum(curve.at(kept[name]) for name, curve in curves.items())
        for name, curve in curves.items():
            fewer = next_below(kept[name], curve.kept[0], multiple)
            if fewer < curve.kept[-1]:
                continue
            more = curve.at(fewer) - curve.at(kept[name])
            after = cost({**kept, name: fewer})
            priority = (now - after) / max(more, noise)
            if after < now and lost + more <= budget and (best is None or priority > best[0]):
                best = priority, name, fewer, after
        if best is None:
            break
        _, name, kept[name], now = best
        lost = sum(curve.at(kept[group]) for group, curve in curves.items())
        steps.append(Step(name, kept[name], now / whole, lost))
    return steps


def next_below(kept: int, width: int, multiple: int) -> int:
    """A tenth of the group's `width` fewer than `kept`, at least `multiple`, down to a multiple of it."""
    return (kept - max(multiple, round(width / 10))) // multiple * multiple


def counts(steps: Sequence[Step]) -> dict[str, int]:
    """Group -> channels that it keeps after all steps."""
    return {step.group: step.kept for step in steps}
