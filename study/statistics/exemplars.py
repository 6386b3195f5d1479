"""Which images compression changes most: two groups of models, base and compressed, compared image by image.

Compression-identified exemplars, CIE (of pruning alone: PIE), in the two forms of Hooker et al.:

- modal: the class that most compressed models name differs from the one that most base models name. Source: Hooker
  et al. (2019), "What Do Compressed Deep Neural Networks Forget?", arXiv:1911.05248, section 2.2.
- taxicab: images ranked by the taxicab (L1) distance between the label distributions of both groups. Source: Hooker,
  Moorosi et al. (2020), "Characterising Bias in Compressed Models", arXiv:2010.03058. The label distribution of an
  image is taken as the share of a group's models that name each class, so the distance lies between 0 (the groups
  answer alike) and 2 (no answer in common): twice the total variation distance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from study.arrays import Array, Floats, Ints
from study.errors import StudyError

TIE = -1


@dataclass(frozen=True)
class Exemplars:
    """Indices, those with the clearest majorities first, and the modal answers [N] of both groups (-1 is a tie)."""

    indices: list[int]
    base: Ints
    compressed: Ints
    ties: int  # images left out because one group has no single most frequent answer


def modal_exemplars(base: Sequence[Ints], compressed: Sequence[Ints], classes: int) -> Exemplars:
    """Modal exemplars of two groups of answers, each [N] class numbers. Ties are left out, never broken.

    Raises:
        StudyError: a group without models, or models with different numbers of answers.
    """
    (first, sure), (second, surer) = (_modal(frequencies(group, classes)) for group in (base, compressed))
    _same(first, second)
    usable = (first != TIE) & (second != TIE)
    found = np.flatnonzero(usable & (first != second))
    order = sorted(found.tolist(), key=lambda index: (-float(sure[index] * surer[index]), index))
    return Exemplars(order, first, second, int((~usable).sum()))


def taxicab(base: Sequence[Ints], compressed: Sequence[Ints], classes: int) -> Floats:
    """Taxicab distance [N], 0..2, between the label distributions of two groups of answers.

    Raises:
        StudyError: a group without models, or models with different numbers of answers.
    """
    first, second = frequencies(base, classes), frequencies(compressed, classes)
    _same(first, second)
    return np.asarray(np.abs(first - second).sum(axis=1), dtype=np.float64)


def frequencies(answers: Sequence[Ints], classes: int) -> Floats:
    """Share of a group's models that name each class. Each answers [N] -> [N, C].

    Raises:
        StudyError: no models, or models with different numbers of answers.
    """
    if not answers or len({len(named) for named in answers}) > 1:
        raise StudyError("exemplars need groups of at least one model, all of them on the same images")
    counts = np.zeros((len(answers[0]), classes))
    for named in answers:
        counts[np.arange(len(named)), named] += 1
    return counts / len(answers)


def _modal(shares: Floats) -> tuple[Ints, Floats]:
    """Most frequent class of each image, -1 where two share that place, and the share of models that name it."""
    most = shares.max(axis=1)
    single = (shares == most[:, None]).sum(axis=1) == 1
    return np.where(single, shares.argmax(axis=1), TIE).astype(np.int64), most


def _same(first: Array, second: Array) -> None:
    if len(first) != len(second):
        raise StudyError(f"exemplars need the same images in both groups: {len(first)} against {len(second)}")
