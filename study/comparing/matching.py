"""Which variant of one study is which of another: by name, or by name without the seed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from study.errors import StudyError

SEED = re.compile(r"^(?P<head>.+)_s(?P<seed>\d+)_(?P<tail>.+)$")
"""The frozen form of a variant's name, see study/plan/variant.py."""


@dataclass(frozen=True)
class Pair:
    """A variant of A, the one of B that stands against it, and the name of both for people."""

    a: str
    b: str
    shown: str


@dataclass(frozen=True)
class Matching:
    """The pairs in the order of A, what stands on one side only, and the seeds (A, B) that were set equal."""

    pairs: tuple[Pair, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    seeds: tuple[tuple[int, int], ...] = ()


def match(a: Iterable[str], b: Iterable[str]) -> Matching:
    """Match variants by name; where the sides share no seed, by name without it, seeds in rising order.

    Raises:
        StudyError: different numbers of seeds of which none is shared, or no variant on both sides.
    """
    names_a, names_b = list(a), list(b)
    seeds = _seeds(names_a, names_b)
    partner = dict(seeds)
    known = set(names_b)
    pairs = []
    for name in names_a:
        other = _renamed(name, partner)
        if other in known:
            pairs.append(Pair(name, other, _shown(name, partner)))
    if not pairs:
        raise StudyError(
            f"the two sides share no variant: A has {_some(names_a)}, B has {_some(names_b)}; "
            "give two runs of the same architectures, methods and schemes"
        )
    taken_a, taken_b = {pair.a for pair in pairs}, {pair.b for pair in pairs}
    return Matching(
        tuple(pairs),
        tuple(name for name in names_a if name not in taken_a),
        tuple(name for name in names_b if name not in taken_b),
        seeds,
    )


def _seeds(a: list[str], b: list[str]) -> tuple[tuple[int, int], ...]:
    """The seeds to set equal; none where the sides share a seed, or one has none in its names."""
    own, others = (sorted({int(found["seed"]) for name in side if (found := SEED.match(name))}) for side in (a, b))
    if not own or not others or set(own) & set(others):
        return ()
    if len(own) != len(others):
        raise StudyError(
            f"A has the seeds {_listed(own)} and B {_listed(others)}: none is shared, and which belongs to which "
            "cannot be known; compare runs with as many seeds, or with a shared one"
        )
    return tuple(zip(own, others, strict=True))


def _renamed(name: str, partner: dict[int, int]) -> str:
    found = SEED.match(name)
    if not found or int(found["seed"]) not in partner:
        return name
    return f"{found['head']}_s{partner[int(found['seed'])]}_{found['tail']}"


def _shown(name: str, partner: dict[int, int]) -> str:
    found = SEED.match(name)
    if not found or int(found["seed"]) not in partner:
        return name
    return f"{found['head']}_s{found['seed']}\u2192{partner[int(found['seed'])]}_{found['tail']}"


def _some(names: list[str]) -> str:
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def _listed(seeds: list[int]) -> str:
    return ", ".join(map(str, seeds))
