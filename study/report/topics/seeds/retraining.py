"""`retraining.csv`: what retraining alone changes, beside what compression changes."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from study.plan.variant import Level
from study.report.families import standings
from study.report.inputs import Inputs, Result
from study.report.tables import Row, Tables, frame
from study.report.treatments import KEYS
from study.statistics.churn import Churn, churn, spread
from study.tasks.metrics import Ints

RATES = ["compression_flip_rate", "base_retrain_flip_rate"]
RETRAINING = (
    f"seeds pairs {' '.join(RATES)} retrain_flip_rate retrain_flip_least retrain_flip_most class_spread_pp "
    "widest_spread_class widest_spread_pp"
).split()

Groups = Mapping[Level, Mapping[int, Result]]


def retraining(tables: Tables) -> pd.DataFrame:
    """`retraining.csv`: flips and class spread between seeds of each treatment that has several, beside its flips
    against the equally trained float32 networks.
    """
    groups, rows = _by_treatment(tables.inputs), []
    accuracy = tables["per_class"].pivot(index="variant", columns="class", values="accuracy")
    for treatment, own in groups.items():
        base = groups.get(treatment.baseline, {})
        between, against = _churn(own), _churn(base)
        if between is None:
            continue
        flips = [churn([_predicted(own[seed]), _predicted(base[seed])]) for seed in own if seed in base]
        changed = [one.mean for one in flips if one and treatment != treatment.baseline]
        lines = accuracy.loc[[result.name for result in own.values()], tables.inputs.classes]
        identity = next(iter(own.values())).identity
        row: Row = {
            **{key: identity[key] for key in KEYS},
            "seeds": len(own),
            "pairs": between.pairs,
            "compression_flip_rate": float(np.mean(changed)) if changed else None,
            "base_retrain_flip_rate": against.mean if against else None,
            "retrain_flip_rate": between.mean,
            "retrain_flip_least": between.least,
            "retrain_flip_most": between.most,
        }
        rows.append(row | _spread(lines))
    return frame(rows, [*KEYS, *RETRAINING])


def _spread(accuracy: pd.DataFrame) -> Row:
    """Standard deviations of class accuracies over seeds: their mean over classes, and the widest."""
    wide = spread(accuracy.to_numpy(np.float64))
    if wide is None or np.isnan(wide).all():
        return {}
    widest = int(np.nanargmax(wide))
    return {
        "class_spread_pp": 100 * float(np.nanmean(wide)),
        "widest_spread_class": str(accuracy.columns[widest]),
        "widest_spread_pp": 100 * float(wide[widest]),
    }


def retrain_flips(inputs: Inputs) -> dict[str, float]:
    """Level -> images that change their class between two seeds of its float32 baseline, mean over pairs."""
    groups, found = _by_treatment(inputs), dict[str, float]()
    for treatment, own in groups.items():
        between = _churn(groups.get(treatment.baseline, {}))
        if between:
            found |= {result.name: between.mean * len(_predicted(result)) for result in own.values()}
    return found


def _by_treatment(inputs: Inputs) -> Groups:
    """Treatment, a level of seed 0 -> seed -> its result, in the order of the plan: of all that have predictions and
    have not collapsed.
    """
    found: dict[Level, dict[int, Result]] = {}
    standing = standings(inputs)
    for result in inputs.results:
        if result.predictions and not standing[result.name].collapsed:
            treatment = replace(result.level, variant=replace(result.variant, seed=0))
            found.setdefault(treatment, {})[result.variant.seed] = result
    return found


def _churn(own: Mapping[int, Result]) -> Churn | None:
    return churn([_predicted(result) for result in own.values()])


def _predicted(result: Result) -> Ints:
    assert result.predictions is not None
    return result.predictions.predicted
