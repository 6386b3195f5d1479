"""Several seeds: what holds for training anew, and what retraining alone would have changed.

A treatment is an architecture with its recipe and scheme: what is repeated over seeds.
"""

from collections.abc import Mapping
from dataclasses import replace

from study.plan.variant import Variant
from study.report.inputs import Inputs, Result
from study.statistics.churn import Churn, churn

KEYS = ["arch", "method", "amount", "quantization"]
Groups = Mapping[Variant, Mapping[int, Result]]


def by_treatment(inputs: Inputs) -> Groups:
    """Treatment, a variant of seed 0 -> seed -> its result, of all that have predictions, in the order of the plan."""
    found: dict[Variant, dict[int, Result]] = {}
    for result in inputs.results:
        if result.predictions:
            found.setdefault(replace(result.variant, seed=0), {})[result.variant.seed] = result
    return found


def retrain_flips(inputs: Inputs) -> dict[str, float]:
    """Level -> images that change their class between two seeds of its dense float32 network, mean over pairs."""
    groups, found = by_treatment(inputs), {}
    for treatment, own in groups.items():
        between = _churn(groups.get(treatment.baseline, {}))
        for result in own.values():
            if between and result.predictions:
                found[result.name] = between.mean * len(result.predictions.labels)
    return found


def _churn(own: Mapping[int, Result]) -> Churn | None:
    return churn([result.predictions.predicted for result in own.values() if result.predictions])
