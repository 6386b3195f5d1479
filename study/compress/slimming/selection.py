"""Which channels the scales of batch normalisation leave: arithmetic on arrays, free of any framework."""

from collections.abc import Mapping

import numpy as np

from study.arrays import Floats

Scores = Mapping[str, Floats]


def kept(scores: Scores, share: float) -> dict[str, int]:
    """How many channels each group keeps when the fraction `share` of all, of the lowest scores, is cut.

    One threshold holds for all groups (Liu et al. 2017, section 3.3). A group always keeps one, which the others pay
    nothing for: that much less is cut.
    """
    names = [name for name, own in scores.items() for _ in own]
    order = np.argsort(np.concatenate(list(scores.values())), kind="stable")
    left = {name: len(own) for name, own in scores.items()}
    for place in order[: planned(scores, share)]:
        left[names[place]] = max(1, left[names[place]] - 1)
    return left


def planned(scores: Scores, share: float) -> int:
    """How many channels the fraction `share` of all is, rounded down."""
    return int(share * sum(map(len, scores.values())) + 1e-9)


def threshold(scores: Scores, share: float) -> float:
    """The highest score of a channel that is to go; 0 where none is."""
    count = planned(scores, share)
    return float(np.sort(np.concatenate(list(scores.values())))[count - 1]) if count else 0.0


def quantiles(before: Scores, after: Scores, count: int = 21) -> list[dict[str, float]]:
    """Rows for a curve: the score below which the fraction `quantile` lies, before and after the shrinking."""
    values = [np.concatenate(list(scores.values())) for scores in (before, after)]
    return [
        {"quantile": float(q), "before": float(np.quantile(values[0], q)), "after": float(np.quantile(values[1], q))}
        for q in np.linspace(0, 1, count)
    ]
