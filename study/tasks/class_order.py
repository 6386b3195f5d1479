"""In which order a model gives its classes: from names, and whether another order would fit its answers better."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from study.arrays import Ints
from study.errors import StudyError

SHARPLY, SURELY = 0.15, 0.01
"""Least gain of another order in top-1, and greatest p-value of that gain, to warn of."""


@dataclass(frozen=True)
class BetterOrder:
    """Class of the data -> output of the model that answers for it, and shares of images right in both orders."""

    outputs: tuple[int, ...]
    top1: float
    as_given: float


def outputs_of(classes: Sequence[str], labels: Sequence[str]) -> tuple[int, ...]:
    """For each class of the data, which output of a model is its own, by their names.

    Case, spaces and `_` or `-` for them do not count, unless labels differ in nothing else.

    Raises:
        StudyError: a class has no label.
    """
    plain = [_plain(label) for label in labels]
    alike = len(set(plain)) == len(plain)
    places = {name: at for at, name in enumerate(plain if alike else labels)}
    wanted = [_plain(name) if alike else name for name in classes]
    if missing := [name for name, key in zip(classes, wanted, strict=True) if key not in places]:
        shown = ", ".join(labels[:8]) + (", ..." if len(labels) > 8 else "")
        raise StudyError(f"the class '{missing[0]}' of the data is none of the model's labels ({shown})")
    found = tuple(places[key] for key in wanted)
    if len(set(found)) < len(found):
        raise StudyError("two classes of the data have the same label: rename one")
    return found


def better_order(predicted: Ints, labels: Ints, count: int) -> BetterOrder | None:
    """Another order of the outputs that agrees much better with the labels, None where there is none.

    Each half of the images is judged by the order that fits the other half best, so that chance gains nothing; then
    McNemar's exact test, one-sided, on images that are right in one order alone.

    Args:
        predicted: class by the order in use [N].
        labels: true classes [N].
        count: number of classes.
    """
    from scipy.optimize import linear_sum_assignment

    def fitted(some: Ints) -> Ints:
        counts = np.zeros((count, count), np.int64)
        np.add.at(counts, (labels[some], predicted[some]), 1)
        # Of equally good orders the one in use.
        return np.asarray(linear_sum_assignment(-(2 * count * counts + np.eye(count, dtype=np.int64)))[1])

    halves = np.zeros(len(labels), np.int64)
    for name in np.unique(labels):
        own = np.flatnonzero(labels == name)
        halves[own] = np.arange(len(own)) % 2
    right = np.zeros(len(labels), np.bool_)
    for half in (0, 1):
        judged = np.flatnonzero(halves == half)
        right[judged] = fitted(np.flatnonzero(halves != half))[labels[judged]] == predicted[judged]
    given = predicted == labels
    gained, lost = int((right & ~given).sum()), int((given & ~right).sum())
    if gained - lost < SHARPLY * len(labels) or _tail(gained, lost) > SURELY:
        return None
    every = fitted(np.arange(len(labels)))
    return BetterOrder(tuple(map(int, every)), float((every[labels] == predicted).mean()), float(given.mean()))


def _tail(gained: int, lost: int) -> float:
    """Chance of as many gains among all changes if gains and losses were equally likely."""
    changes = gained + lost
    return sum(comb(changes, more) for more in range(gained, changes + 1)) / 2**changes


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").casefold().split())
