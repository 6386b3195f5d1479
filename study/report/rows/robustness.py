"""`robustness.csv`: accuracy under corruptions, each variant against its base on the same corrupted images.

An empty cell means all: without a class the row is of all classes, without a severity it is the mean over severities,
without a corruption the mean over corruptions and severities. The clean images are corruption `clean`, severity 0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from study.report.inputs import Document, Inputs, Row, amount_of, baseline_of, facts_of, method_of
from study.statistics import clustered
from study.statistics.corrections import holm
from study.statistics.paired import compare
from study.tasks.metrics import Bools, Ints
from study.tasks.robustness import CLEAN, Setting, decoded

COLUMNS = [
    "variant",
    "corruption",
    "severity",
    "class",
    "n",
    "correct",
    "accuracy",
    "clean_accuracy",
    "kept",
    "baseline",
    "delta_pp",
    "ci_low_pp",
    "ci_high_pp",
    "base_only",
    "variant_only",
    "p_value",
    "p_adjusted",
    "significant",
    "extra_pp",
    "extra_low_pp",
    "extra_high_pp",
    "extra_p_value",
    "extra_p_adjusted",
    "extra_significant",
    "ce",
]
LEVEL = 0.05
TESTED = (("p_value", "p_adjusted", "significant"), ("extra_p_value", "extra_p_adjusted", "extra_significant"))


@dataclass(frozen=True)
class Answered:
    """Right answers bool [n] of each setting, the classes of the images [n], and what tells sets of images apart."""

    right: Mapping[Setting, Bools]
    labels: Ints
    probes: Mapping[Setting, str]

    def of(self, chosen: Bools) -> "Answered":
        """The same on some of the images only."""
        return Answered({one: right[chosen] for one, right in self.right.items()}, self.labels[chosen], self.probes)

    @property
    def corrupted(self) -> list[Setting]:
        """All settings but the clean one."""
        return [one for one in self.right if one != CLEAN]


def robustness_rows(inputs: Inputs) -> list[Row]:
    """Rows in the order of the plan; a variant without a result, or with one of another file, has none.

    Holm's correction runs over the means over all corruptions, of all classes together and of each, of all variants;
    changes and extra changes are families of their own.

    Raises:
        StudyError: a damaged result.
    """
    given = {name: found for name in inputs.exported if (found := _answered(inputs, name)) is not None}
    rows = [row for name in given for row in _rows(inputs, name, given)]
    for raw, adjusted, flag in TESTED:
        tested = [row for row in rows if row.get(raw) is not None]
        for row, p in zip(tested, holm([row[raw] for row in tested]), strict=True):
            row |= {adjusted: p, flag: p < LEVEL}
    return rows


def _answered(inputs: Inputs, variant: str) -> Answered | None:
    document: Document = inputs.robustness.get(variant) or {}
    evaluated = facts_of(inputs.accuracy.get(variant, {})).get("sha256")
    ours = document.get("data_fingerprint") == inputs.card.get("fingerprint")
    if not document or not ours or evaluated not in (None, document.get("sha256")):
        return None
    found = {Setting(one["corruption"], one["severity"]): one for one in document["results"]}
    if CLEAN not in found or len(found) < 2:
        return None
    read = {setting: decoded(one) for setting, one in found.items()}
    return Answered(
        {setting: right for setting, (right, _) in read.items()},
        read[CLEAN][1],
        {setting: one["probe"] for setting, one in found.items()},
    )


def _rows(inputs: Inputs, variant: str, given: Mapping[str, Answered]) -> Iterator[Row]:
    cell, base, own = inputs.exported[variant], baseline_of(inputs.exported, variant), given[variant]
    against = given.get(base or "") if base != variant else None
    if against and against.probes != own.probes:
        against = None  # other images: nothing to compare
    said = {
        "variant": variant,
        "baseline": base,
        "arch": cell["architecture"],
        "method": method_of(cell),
        "amount": amount_of(cell),
        "quantization": cell["scheme"],
        "seed": cell["seed"],
    }
    parts = {None: np.ones(len(own.labels), np.bool_)} | {
        str(name): own.labels == index for index, name in enumerate(inputs.card["classes"])
    }
    for name, images in parts.items():
        if not images.any():
            continue
        mine, theirs = own.of(images), against.of(images) if against else None
        for row in _of_images(mine, theirs, name is None):
            itself = {"ce": 1.0} if base == variant and "ce" in row else {}
            yield said | {"class": name} | row | itself


def _of_images(own: Answered, base: Answered | None, whole: bool) -> Iterator[Row]:
    """Rows of some images: the mean over all, over each corruption (`whole` alone), and each set."""
    names = list(dict.fromkeys(one.corruption for one in own.corrupted))
    single = [_mean(own, base, [one for one in own.corrupted if one.corruption == name]) for name in names]
    errors = [row["ce"] for row in single]
    all_of_them = _mean(own, base, own.corrupted)
    all_of_them["ce"] = None if None in errors else sum(errors) / len(errors)
    yield all_of_them
    if whole:
        for name, row in zip(names, single, strict=True):
            yield {"corruption": name} | {key: value for key, value in row.items() if not key.endswith("p_value")}
    for setting, right in own.right.items():
        each: Row = {
            "corruption": setting.corruption,
            "severity": setting.severity,
            "n": len(right),
            "correct": int(right.sum()),
            "accuracy": float(right.mean()),
            "clean_accuracy": float(own.right[CLEAN].mean()),
        }
        if base and whole:
            paired = vars(compare(base.right[setting], right))
            each |= {key: value for key, value in paired.items() if key != "p_value"}
        elif base:
            each["delta_pp"] = 100 * float(right.mean() - base.right[setting].mean())
        yield each


def _mean(own: Answered, base: Answered | None, settings: list[Setting]) -> Row:
    """Mean accuracy over settings; change and extra change by image, in points; error against the base's.

    `kept` is the relative performance under corruption of Michaelis et al. (2019, arXiv 1907.07484), `ce` the
    corruption error of Hendrycks and Dietterich (2019, arXiv 1903.12261) with the base in AlexNet's place.
    """
    share, clean = _share(own, settings), own.right[CLEAN].astype(np.float64)
    row: Row = {
        "n": len(share),
        "accuracy": float(share.mean()),
        "clean_accuracy": float(clean.mean()),
        "kept": float(share.mean() / clean.mean()) if clean.any() else None,
        "ce": None,
    }
    if base is None:
        return row
    change = share - _share(base, settings)
    error = 1 - float(_share(base, settings).mean())
    row["ce"] = (1 - row["accuracy"]) / error if error > 0 else None
    for prefix, values in (("", change), ("extra_", change - (clean - base.right[CLEAN]))):
        if len(values) > 1:
            found = clustered.mean(100 * values)
            low, high = ("extra_low_pp", "extra_high_pp") if prefix else ("ci_low_pp", "ci_high_pp")
            row |= {
                f"{prefix or 'delta_'}pp": found.value,
                low: found.low,
                high: found.high,
                f"{prefix}p_value": found.p_value,
            }
    return row


def _share(answered: Answered, settings: list[Setting]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Share of settings in which each image is right, [n]."""
    return np.mean([answered.right[one] for one in settings], axis=0, dtype=np.float64)
