"""`retraining.csv`: what a change of seed alone does, one row a treatment that has several seeds."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np

from study.report.answers import Predictions
from study.report.inputs import Inputs, Row
from study.report.treatments import KEYS, Treatment, by_treatment, dense_float, named
from study.statistics.churn import Churn, churn, spread

COLUMNS = [
    *KEYS,
    "seeds",
    "pairs",
    "compression_flip_rate",
    "base_retrain_flip_rate",
    "retrain_flip_rate",
    "retrain_flip_least",
    "retrain_flip_most",
    "class_spread_pp",
    "widest_spread_class",
    "widest_spread_pp",
]


def retraining(inputs: Inputs, given: Mapping[str, Predictions], per_class: Sequence[Row]) -> list[Row]:
    """Flips and spread between seeds of each treatment, beside its flips against the dense float32 networks.

    `per_class` are the rows of `per_class.csv`. A treatment without a second seed has no row.
    """
    groups = by_treatment(inputs.exported, list(given))
    churns = _churns(groups, given)
    accuracy = {(row["variant"], row["class"]): row.get("accuracy") for row in per_class}
    rows = []
    for treatment, own in groups.items():
        between, base = churns[treatment], groups.get(dense_float(treatment), {})
        if between is None:
            continue
        against = churns.get(dense_float(treatment))
        flips = [
            float((given[own[seed]].predicted != given[base[seed]].predicted).mean()) for seed in own if seed in base
        ]
        rows.append(
            named(treatment)
            | {
                "seeds": len(own),
                "pairs": between.pairs,
                "compression_flip_rate": fmean(flips) if flips and own != base else None,
                "base_retrain_flip_rate": against.mean if against else None,
                "retrain_flip_rate": between.mean,
                "retrain_flip_least": between.least,
                "retrain_flip_most": between.most,
            }
            | _spread(inputs, list(own.values()), accuracy)
        )
    return rows


def retrain_flips(inputs: Inputs, given: Mapping[str, Predictions]) -> dict[str, float]:
    """Variant -> images that change their class between two seeds of its dense float32 network, mean over pairs."""
    groups = by_treatment(inputs.exported, list(given))
    churns = _churns({key: own for key, own in groups.items() if key == dense_float(key)}, given)
    found: dict[str, float] = {}
    for treatment, own in groups.items():
        between = churns.get(dense_float(treatment))
        if between:
            found |= {variant: between.mean * len(given[variant].labels) for variant in own.values()}
    return found


def _churns(
    groups: Mapping[Treatment, Mapping[int, str]], given: Mapping[str, Predictions]
) -> dict[Treatment, Churn | None]:
    return {key: churn([given[variant].predicted for variant in own.values()]) for key, own in groups.items()}


def _spread(inputs: Inputs, variants: list[str], accuracy: Mapping[tuple[str, str], float | None]) -> Row:
    """Standard deviations of class accuracy over seeds: their mean over classes, and the widest."""
    classes = [str(name) for name in inputs.card["classes"]]
    table = [[accuracy.get((variant, name)) for name in classes] for variant in variants]
    values = np.array([[np.nan if value is None else value for value in row] for row in table], dtype=np.float64)
    wide = spread(values)
    if wide is None or np.isnan(wide).all():
        return {}
    widest = int(np.nanargmax(wide))
    return {
        "class_spread_pp": 100 * float(np.nanmean(wide)),
        "widest_spread_class": classes[widest],
        "widest_spread_pp": 100 * float(wide[widest]),
    }
