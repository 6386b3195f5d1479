"""`seeds.csv`: tests over seeds, one row a treatment and class, and one without a class for all classes together."""

from collections.abc import Sequence

import numpy as np

from study.report.inputs import Row
from study.report.rows.per_class import LEVEL
from study.report.treatments import KEYS, Treatment, dense_float, named, treatment_of
from study.statistics.corrections import holm
from study.statistics.seeds import TESTED, outcome_of, seed_change, seed_tests

COLUMNS = [
    *KEYS,
    "class",
    "seeds",
    "mean_accuracy",
    "sd_pp",
    "base_sd_pp",
    "delta_pp",
    "ci_low_pp",
    "ci_high_pp",
    "p_value",
    "shifted_pp",
    "welch_p_value",
    "welch_p_adjusted",
    "paired_p_value",
    "paired_p_adjusted",
    "outcome",
    "shifted_significant",
]
Seeds = dict[int, dict[str | None, float]]  # seed -> class (None: all together) -> accuracy


def seed_rows(results: Sequence[Row], per_class: Sequence[Row]) -> list[Row]:
    """Rows of every treatment that has two seeds or more, and so has its dense float32 network.

    Compressed models of a seed stem from the base network of that seed, so the test that counts is the paired one.
    Holm's correction runs over all classes and treatments, for each of both tests.
    """
    found: dict[Treatment, Seeds] = {}
    for row in results:
        if row.get("top1") is not None:
            found.setdefault(treatment_of(row), {}).setdefault(row["seed"], {})[None] = row["top1"]
    for row in per_class:
        own = found.get(treatment_of(row), {}).get(row["seed"])
        if own is not None and row.get("n") and row.get("accuracy") is not None:
            own[row["class"]] = row["accuracy"]
    rows = [
        line
        for treatment, own in found.items()
        if treatment != dense_float(treatment)
        for line in _rows(treatment, found.get(dense_float(treatment), {}), own)
    ]
    for kind in ("welch", "paired"):
        tested = [row for row in rows if row.get(f"{kind}_p_value") is not None]
        for row, adjusted in zip(tested, holm([row[f"{kind}_p_value"] for row in tested]), strict=True):
            row[f"{kind}_p_adjusted"] = adjusted
    for row in rows:
        if row["outcome"] == TESTED and row["class"] is not None:
            row["shifted_significant"] = row["paired_p_adjusted"] < LEVEL
    return rows


def _rows(treatment: Treatment, base: Seeds, own: Seeds) -> list[Row]:
    seeds = [seed for seed in own if seed in base and own[seed].keys() == base[seed].keys()]
    if len(seeds) < 2:
        return []
    classes = [name for name in own[seeds[0]] if name is not None]
    before, after = (np.array([[side[seed][name] for name in classes] for seed in seeds]) for side in (base, own))
    tests = seed_tests(before, after, paired=True) if len(classes) > 1 else []
    whole = np.array([base[seed][None] for seed in seeds]), np.array([own[seed][None] for seed in seeds])
    rows = [_line(treatment, None, *whole)]
    rows[0]["outcome"] = outcome_of(len(seeds), rows[0]["p_value"])
    for k, test in enumerate(tests):
        rows.append(
            _line(treatment, classes[k], before[:, k], after[:, k])
            | {
                "shifted_pp": test.change_pp,
                "welch_p_value": test.welch_p,
                "paired_p_value": test.paired_p,
                "outcome": test.outcome,
            }
        )
    return rows


def _line(treatment: Treatment, name: str | None, before: np.ndarray, after: np.ndarray) -> Row:
    change = seed_change(before, after)
    return named(treatment) | {
        "class": name,
        "seeds": change.seeds,
        "mean_accuracy": float(after.mean()),
        "sd_pp": 100 * float(after.std(ddof=1)),
        "base_sd_pp": 100 * float(before.std(ddof=1)),
        "delta_pp": change.delta_pp,
        "ci_low_pp": change.low_pp,
        "ci_high_pp": change.high_pp,
        "p_value": change.p_value,
    }
