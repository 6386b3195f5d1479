"""What a reader must know before believing a comparison: in what else the two sides differ."""

from collections.abc import Iterable
from typing import Any

from study.comparing.comparison import PAIRED, UNPAIRED, Comparison, in_doubt
from study.comparing.side import Side
from study.report.names import NBSP, clean
from study.report.phrases import number

FACTS = {
    "dataset": "data set",
    "preset": "preset",
    "runtime": "runtime",
    "runtime_version": "version of the runtime",
    "resolver": "kernels",
    "code_version": "code version",
}
NAMED = 6  # of a long list


def notes(found: Comparison) -> list[str]:
    """Sentences, the most important first; none where there is nothing to warn of."""
    a, b = found.a, found.b
    said = [*_seeds(found), *_images(found), *_without_answers(found), *_ties(found)]
    for key, title in FACTS.items():
        one, other = _values(a, key), _values(b, key)
        if one != other:
            said.append(f"The {title} differs: {_listed(one)} in A, {_listed(other)} in B.")
    said += _packages(a, b) + _settings(a, b)
    for name, alone in (("A", found.matching.only_a), ("B", found.matching.only_b)):
        if alone:
            said.append(
                f"Only {name} has {len(alone)} of the variants, which stay out of every figure: {_listed(alone)}."
            )
    said += [f"{name}: {note}" for name, side in (("A", a), ("B", b)) for note in side.notes]
    return [clean(note) for note in said]


def _seeds(found: Comparison) -> list[str]:
    if not found.matching.seeds:
        return []
    matched = ", ".join(f"{one} in A with {other} in B" for one, other in found.matching.seeds)
    return [
        f"Seeds differ, and variants were matched ignoring them: {matched}. Two trainings of one network differ by "
        "chance alone; a difference shown here is one of two files, no proof of what a change of code or method "
        "does. For that, compare several seeds."
    ]


def _images(found: Comparison) -> list[str]:
    one, other = found.a.fingerprint, found.b.fingerprint
    if found.same_images and one == other:
        return []
    if found.same_images:
        return ["The data sets differ (their fingerprints do), the test images are the same: tests are paired."]
    if one is None or other is None:
        return ["The data fingerprint of a side is unknown, so its test images may be others: tests are unpaired."]
    if found.a.classes != found.b.classes:
        return ["The order of the classes differs: they are matched by name, and tests are unpaired."]
    return [
        f"The data fingerprints differ ({one[:12]} in A, {other[:12]} in B), so tests are unpaired, which see "
        "less, and a difference may be one of the images instead of the networks."
    ]


def _without_answers(found: Comparison) -> list[str]:
    tests = [row["test"] for row in found.of("top1")]
    if not found.same_images or UNPAIRED not in tests:
        return []
    which = "All" if PAIRED not in tests else f"{tests.count(UNPAIRED)} of {len(tests)}"
    return [
        f"{which} variants stand on counts alone, because stored predictions (artifacts/predictions of a project "
        "folder) are missing on a side. The test images are the same, so paired tests would see smaller changes."
    ]


def _ties(found: Comparison) -> list[str]:
    rows = in_doubt(found)
    if not rows:
        return []
    most = max(rows, key=lambda row: float(row["ties_pp"]))
    return [
        f"Equal highest logits decide up to {most['ties_pp']:.2f}{NBSP}% of the answers of a variant "
        f"({most['pair']}). Early versions of this study counted them as wrong, later ones decide by a tie-break. If "
        f"the sides differ in that, it may account for the significant changes of {number(len(rows), 'variant')}, and "
        f"of single classes there: {_listed(row['pair'] for row in rows)}."
    ]


def _packages(a: Side, b: Side) -> list[str]:
    one, other = (_values(side, "packages") for side in (a, b))
    if len(one) != 1 or len(other) != 1 or not isinstance(one[0], dict) or not isinstance(other[0], dict):
        return [] if one == other else ["The packages of a side are unknown or differ from variant to variant."]
    return _different("Packages differ", one[0], other[0])


def _settings(a: Side, b: Side) -> list[str]:
    return _different("Parameters differ", a.settings, b.settings) if a.settings and b.settings else []


def _different(lead: str, one: Any, other: Any) -> list[str]:
    keys = [key for key in dict.fromkeys([*one, *other]) if one.get(key) != other.get(key)]
    if not keys:
        return []
    return [f"{lead}: {_listed(f'{key} {one.get(key)} in A, {other.get(key)} in B' for key in keys)}."]


def _values(side: Side, key: str) -> list[Any]:
    """Distinct values of a fact over the variants of a side, in a fixed order."""
    found: list[Any] = []
    for result in side.results.values():
        value = result.facts.get(key)
        if value is not None and value not in found:
            found.append(value)
    return sorted(found, key=str)


def _listed(values: Iterable[Any]) -> str:
    texts = [str(value) for value in values]
    more = f" and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    return ("; " if any("," in text for text in texts) else ", ").join(texts[:NAMED]) + more or "unknown"
