"""Penalties from ranks: arithmetic on arrays, free of any framework.

Wang et al. (2019), "Structured Pruning for Efficient ConvNets via Incremental Regularization", arXiv 1811.08390.
"""

import math

import numpy as np

from study.arrays import Bools, Floats, Ints

U = 0.5
"""Where the increment has fallen to this part of its largest value, it bends (the paper's u)."""
BOUND = 100.0
"""Largest exponent of a relief."""


def increment(rank: Floats, target: int, largest: float) -> Floats:
    """What is added to the penalty of a filter at `rank` (0: the weakest), of which `target` are to go.

    `largest` at rank 0, falling, exactly zero at rank `target`, below zero beyond: strong filters are relieved
    (equation 5 of the paper: two exponentials, joined point-symmetrically where the first has fallen to u).
    """
    alpha = math.log(2 / U) / target
    bend = -math.log(U) / alpha
    falling = largest * np.exp(-alpha * rank)
    # Far beyond the target the relief is larger than any penalty, and at last than any number: it is bounded there.
    mirrored = 2 * U * largest - largest * np.exp(np.minimum(alpha * (rank - 2 * bend), BOUND))
    return np.where(rank < bend, falling, np.where(rank == target, 0.0, mirrored))


def ranked(values: Floats, among: Bools) -> Floats:
    """Rank of each value `among` those marked, 0 for the lowest; the others have none (infinity)."""
    found = np.full(len(values), np.inf)
    chosen = np.flatnonzero(among)
    found[chosen[np.argsort(values[chosen], kind="stable")]] = np.arange(len(chosen))
    return found


def updated(
    penalty: Floats, mean_rank: Floats, norms: Floats, updates: int, cut: int, largest: float, limit: float
) -> tuple[Floats, Floats]:
    """One update: penalties and mean ranks of the filters [C] of a group, of which `cut` are to go.

    Args:
        penalty: from 0; a filter whose penalty has reached `limit` is gone, and stays so.
        mean_rank: over the updates before this one, `updates` of them.
        norms: of the filters now.
        largest: increment of the weakest.
    """
    there = penalty < limit
    missing = cut - int((~there).sum())
    if missing <= 0:
        return np.where(there, 0.0, penalty), mean_rank  # enough are gone: the others are left alone
    now = ranked(norms, there)
    mean = np.where(there, (updates * mean_rank + now) / (updates + 1), mean_rank)
    rank = np.where(there, ranked(mean, there), missing)
    grown = penalty + increment(rank, missing, largest)
    grown = np.where(there, np.clip(grown, 0.0, limit), penalty)
    over = np.flatnonzero(there & (grown >= limit))
    if len(over) > missing:  # several at once: the weakest first, the rest stay just below
        stay = over[np.argsort(mean[over], kind="stable")][missing:]
        grown[stay] = np.nextafter(limit, 0.0)
    return grown, mean


def strongest(penalty: Floats, mean_rank: Floats, cut: int, limit: float) -> Ints:
    """The filters that stay, in their order: all but those that are gone and, where too few are, the lowest ranks."""
    order = np.lexsort((mean_rank, penalty < limit))
    return np.sort(order[cut:])
