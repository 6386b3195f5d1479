"""The tests: every variant and every class of one study against the same in another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.comparing.matching import Matching, Pair, match
from study.comparing.side import SIZES, Result, Side
from study.errors import StudyError
from study.report.correction import LEVEL
from study.report.tables import Record, Row
from study.statistics.corrections import holm
from study.statistics.paired import compare
from study.statistics.unpaired import fisher_two_sided, newcombe_unpaired

TOP1, CLASS = "top1", "class"
PAIRED, UNPAIRED = "paired", "unpaired"


@dataclass(frozen=True)
class Comparison:
    """B against A. Changes are B minus A: negative means that B is worse.

    `rows` hold one row of scope `top1` and one of scope `class` for each class of each pair. Holm's correction runs
    over all tests of classes, and apart from them over those of top-1.
    """

    a: Side
    b: Side
    matching: Matching
    same_images: bool
    rows: tuple[Record, ...]

    def of(self, scope: str) -> list[Record]:
        """The rows of one scope, `top1` or `class`."""
        return [row for row in self.rows if row["scope"] == scope]


def comparison(a: Side, b: Side) -> Comparison:
    """Compare two studies variant by variant.

    Where both sides answered the same images and their answers are stored, tests are paired (exact McNemar, Newcombe's
    paired interval); else they stand on counts alone (Fisher's exact test, Newcombe's unpaired interval).

    Raises:
        StudyError: other classes, no shared variant, or seeds that cannot be matched.
    """
    _same_classes(a, b)
    matching = match(a.results, b.results)
    same = same_images(a, b)
    rows: list[Any] = [
        row for pair in matching.pairs for row in _rows(pair, a.results[pair.a], b.results[pair.b], same)
    ]
    for scope in (TOP1, CLASS):
        tested = [row for row in rows if row["scope"] == scope and row["p_value"] is not None]
        for row, adjusted in zip(tested, holm([row["p_value"] for row in tested]), strict=True):
            row |= {"p_adjusted": adjusted, "significant": adjusted < LEVEL}
    return Comparison(a, b, matching, same, tuple(rows))


def same_images(a: Side, b: Side) -> bool:
    """Whether both sides are known to have the same test images and classes, in the same order."""
    prints = (a.fingerprint, b.fingerprint), (a.test_digest, b.test_digest)
    return a.classes == b.classes and any(one is not None and one == other for one, other in prints)


def in_doubt(found: Comparison) -> list[Record]:
    """Significant rows of top-1 whose change is no larger than what another rule for equal logits could make."""
    return [row for row in found.of(TOP1) if row.get("significant") and row["ties_pp"] >= abs(row["delta_pp"])]


def _ties_pp(one: Result, other: Result) -> float:
    """Largest change of top-1 by the rule for equal logits, in points: 0 where one version evaluated both."""
    versions = [result.facts.get("code_version") for result in (one, other)]
    if versions[0] == versions[1] is not None:
        return 0.0
    return 100 * max(result.ties / result.total[0] for result in (one, other))


def _same_classes(a: Side, b: Side) -> None:
    missing, more = (sorted(set(one.classes) - set(other.classes)) for one, other in ((a, b), (b, a)))
    if missing or more:
        said = [
            f"{len(names)} only in {where}, such as '{names[0]}'"
            for names, where in ((missing, "A"), (more, "B"))
            if names
        ]
        raise StudyError(
            f"the two sides have other classes ({'; '.join(said)}): give two runs on data sets of the same classes"
        )


def _rows(pair: Pair, one: Result, other: Result, same: bool) -> Iterator[Row]:
    files = one.facts.get("sha256"), other.facts.get("sha256")
    row: Row = {
        "pair": pair.shown,
        "variant_a": pair.a,
        "variant_b": pair.b,
        "same_file": files[0] is not None and files[0] == files[1],
    }
    sizes = {f"{key}_{name}": result.sizes.get(key) for key in SIZES for name, result in (("a", one), ("b", other))}
    paired = same and one.answers is not None and other.answers is not None
    test, ties_pp = (_paired, 0.0) if paired else (_unpaired, _ties_pp(one, other))
    yield row | {"scope": TOP1, "class": None, "ties_pp": ties_pp} | sizes | test(one, other, None)
    for name in one.counts:
        yield row | {"scope": CLASS, "class": name} | test(one, other, name)


def _paired(one: Result, other: Result, name: str | None) -> Row:
    assert one.answers is not None and other.answers is not None
    labels = one.answers.labels
    if not np.array_equal(labels, other.answers.labels):
        raise StudyError(
            f"{one.variant} of A and {other.variant} of B state the same test images and store different "
            "labels: one of them is damaged, evaluate again"
        )
    row = _counted(one, other, name) | {"test": PAIRED}
    images = np.ones(len(labels), bool) if name is None else labels == list(one.counts).index(name)
    if not images.any():
        return row
    found = compare(one.answers.correct[images], other.answers.correct[images])
    return row | {
        "delta_pp": found.delta_pp,
        "ci_low_pp": found.ci_low_pp,
        "ci_high_pp": found.ci_high_pp,
        "p_value": found.p_value,
        "a_only": found.base_only,
        "b_only": found.variant_only,
        "flips": int((one.answers.predicted != other.answers.predicted)[images].sum()),
    }


def _unpaired(one: Result, other: Result, name: str | None) -> Row:
    row = _counted(one, other, name) | {"test": UNPAIRED}
    (n_a, right_a), (n_b, right_b) = _counts(one, name), _counts(other, name)
    if not n_a or not n_b:
        return row
    counts = right_a, n_a, right_b, n_b
    low, high = newcombe_unpaired(*counts)
    delta = right_b / n_b - right_a / n_a
    return row | {
        "delta_pp": 100 * delta,
        "ci_low_pp": 100 * low,
        "ci_high_pp": 100 * high,
        "p_value": fisher_two_sided(*counts),
    }


def _counted(one: Result, other: Result, name: str | None) -> Row:
    """Counts of both sides; a class without images on a side has no test."""
    (n_a, right_a), (n_b, right_b) = _counts(one, name), _counts(other, name)
    return {
        "n_a": n_a,
        "correct_a": right_a,
        "n_b": n_b,
        "correct_b": right_b,
        "accuracy_a": right_a / n_a if n_a else None,
        "accuracy_b": right_b / n_b if n_b else None,
        "delta_pp": None,
        "p_value": None,
    }


def _counts(result: Result, name: str | None) -> tuple[int, int]:
    """Test images and right answers of a class, or of all."""
    return result.total if name is None else result.counts[name]
