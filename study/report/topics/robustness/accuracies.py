"""`robustness.csv`: accuracy under corruptions, each variant against its base on the same corrupted images."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import pandas as pd

from study.report.correction import holm_of, significant
from study.report.families import Standing, standings
from study.report.inputs import Document, Inputs, Result
from study.report.tables import Row, Tables, frame
from study.statistics import clustered
from study.statistics.paired import compare
from study.tasks.metrics import Bools, Ints
from study.tasks.robustness import CLEAN, Setting, decoded

COLUMNS = (
    "variant corruption severity class n correct accuracy clean_accuracy kept baseline delta_pp ci_low_pp ci_high_pp "
    "base_only variant_only p_value p_adjusted significant extra_pp extra_low_pp extra_high_pp extra_p_value "
    "extra_p_adjusted extra_significant ce"
).split()
IDENTITY = "variant arch method amount level quantization seed".split()
MEAN = {
    "": "delta_pp ci_low_pp ci_high_pp p_value".split(),
    "extra_": "extra_pp extra_low_pp extra_high_pp extra_p_value".split(),
}


@dataclass(frozen=True, eq=False)
class Answered:
    """Right answers [settings, n], the classes of the images [n], and what tells sets of images apart by setting."""

    right: Bools
    labels: Ints
    probes: Mapping[Setting, str]


def robustness(tables: Tables) -> pd.DataFrame:
    """`robustness.csv`, in the order of the plan; a variant without a result, or with one of another file, has no rows.

    An empty cell means all: without a class the row is of all classes, without a severity it is the mean over
    severities, without a corruption the mean over corruptions and severities. The clean images are corruption `clean`,
    severity 0. Holm's correction runs over the means over all corruptions, of all classes together and of each, of all
    variants; changes and extra changes are families of their own.

    Raises:
        StudyError: a damaged result.
    """
    inputs = tables.inputs
    given = {result.name: found for result in inputs.results if (found := _answered(inputs, result)) is not None}
    standing = standings(inputs)
    plain = {name for name in given if standing.get(name, Standing()) == Standing()}
    tested = (result for result in inputs.results if result.name in given)
    rows = (row for result in tested for row in _rows(inputs, result, given, result.name in plain))
    table = frame(rows, COLUMNS)
    for prefix, (*_, p_value) in MEAN.items():
        adjusted = holm_of(table[p_value])
        table[f"{prefix}p_adjusted"], table[f"{prefix}significant"] = adjusted, significant(adjusted)
    return table


def described(tables: Tables) -> pd.DataFrame:
    """The rows with the columns that say what a variant is."""
    return tables["robustness"].merge(tables["results"][IDENTITY], on="variant")


def means(table: pd.DataFrame) -> pd.DataFrame:
    """The means over all corruptions and severities of all classes together, one row a variant."""
    return table[table["class"].isna() & table["corruption"].isna()]


def _answered(inputs: Inputs, result: Result) -> Answered | None:
    document: Document = inputs.robustness.get(result.variant.name) or {}
    evaluated = result.evaluation.sha256 if result.evaluation else None
    ours = document.get("data_fingerprint") == inputs.card.get("fingerprint")
    if not document or not ours or evaluated not in (None, document.get("sha256")):
        return None
    found = {Setting(one["corruption"], one["severity"]): one for one in document["results"]}
    if CLEAN not in found or len(found) < 2:
        return None
    right = np.stack([decoded(one)[0] for one in found.values()])
    return Answered(right, decoded(found[CLEAN])[1], {setting: one["probe"] for setting, one in found.items()})


def _rows(inputs: Inputs, result: Result, given: Mapping[str, Answered], counts: bool) -> Iterator[Row]:
    """`counts`: whether it is compared with its baseline: it has not collapsed, and no other file answers alike."""
    own, base = given[result.name], inputs.baseline(result)
    settings = list(own.probes)
    against = given.get(base.name) if base and base is not result and counts else None
    theirs = None
    if against and against.probes == own.probes:  # else other images: nothing to compare
        theirs = against.right[[list(against.probes).index(setting) for setting in settings]]
    said: Row = {"variant": result.name, "baseline": base.name if base else None}
    parts: dict[str | None, Bools] = {None: np.ones(len(own.labels), np.bool_)}
    parts |= {name: own.labels == index for index, name in enumerate(inputs.classes)}
    for name, images in parts.items():
        if not images.any():
            continue
        beside = None if theirs is None else theirs[:, images]
        for row in _of_images(settings, own.right[:, images], beside, name is None):
            itself: Row = {"ce": 1.0} if base is result and "ce" in row else {}
            yield {**said, "class": name, **row, **itself}


def _of_images(settings: list[Setting], own: Bools, base: Bools | None, whole: bool) -> Iterator[Row]:
    """Rows of some images: the mean over all, over each corruption (`whole` alone), and each set."""
    clean, groups = settings.index(CLEAN), dict[str, list[int]]()
    for place, setting in enumerate(settings):
        if place != clean:
            groups.setdefault(setting.corruption, []).append(place)
    single = {name: _mean(own, base, clean, places) for name, places in groups.items()}
    errors = [float("nan") if row["ce"] is None else float(row["ce"]) for row in single.values()]
    yield _mean(own, base, clean, [place for places in groups.values() for place in places]) | {"ce": fmean(errors)}
    if whole:
        for name, row in single.items():
            yield {"corruption": name, **{key: value for key, value in row.items() if not key.endswith("p_value")}}
    for place, (setting, right) in enumerate(zip(settings, own, strict=True)):
        each: Row = {"corruption": setting.corruption, "severity": setting.severity, "n": len(right)}
        each |= {"correct": int(right.sum()), "accuracy": float(right.mean())}
        each["clean_accuracy"] = float(own[clean].mean())
        if base is not None and whole:
            each |= {key: value for key, value in vars(compare(base[place], right)).items() if key != "p_value"}
        elif base is not None:
            each["delta_pp"] = 100 * float(right.mean() - base[place].mean())
        yield each


def _mean(own: Bools, base: Bools | None, clean: int, places: list[int]) -> Row:
    """Mean accuracy over settings; change and extra change by image, in points; error against the base's.

    `kept` is the relative performance under corruption of Michaelis et al. (2019, arXiv 1907.07484), `ce` the
    corruption error of Hendrycks and Dietterich (2019, arXiv 1903.12261) with the base in AlexNet's place.
    """
    share = own[places].mean(axis=0)
    accuracy, on_clean = float(share.mean()), float(own[clean].mean())
    row: Row = {"n": len(share), "accuracy": accuracy, "clean_accuracy": on_clean, "ce": None}
    row["kept"] = accuracy / on_clean if on_clean else None
    if base is None:
        return row
    theirs = base[places].mean(axis=0)
    error = 1 - float(theirs.mean())
    row["ce"] = (1 - accuracy) / error if error > 0 else None
    change = share - theirs
    extra = change - (own[clean].astype(np.float64) - base[clean])
    for keys, values in zip(MEAN.values(), (change, extra), strict=True):
        if len(values) > 1:
            found = clustered.mean(100 * values)
            row |= zip(keys, (found.value, found.low, found.high, found.p_value), strict=True)
    return row
