"""`interaction.csv`: pruned and quantized variants against the sum of both, for all images and each class."""

from collections.abc import Mapping

import numpy as np

from study.report.answers import Predictions
from study.report.inputs import Inputs, Row
from study.report.rows.per_class import LEVEL
from study.report.treatments import KEYS, by_treatment, dense_float, named
from study.statistics.corrections import holm
from study.statistics.interaction import interaction
from study.tasks import metrics

COLUMNS = [
    "variant",
    "class",
    "baseline",
    "pruned",
    "quantized",
    "n",
    "joint_pp",
    "sum_pp",
    "interaction_pp",
    "interaction_low_pp",
    "interaction_high_pp",
    "p_value",
    "p_adjusted",
    "interaction_significant",
    *KEYS,
    "seed",
]


def interactions(inputs: Inputs, given: Mapping[str, Predictions]) -> list[Row]:
    """Rows of every compressed and quantized variant of which all three parts have answers.

    The row without a class stands for all images. Holm's correction runs over all rows.
    """
    groups = by_treatment(inputs.exported, list(given))
    rows: list[Row] = []
    for treatment, own in groups.items():
        arch, method, amount, scheme = treatment
        parts = [
            groups.get(key, {})
            for key in (dense_float(treatment), (arch, method, amount, "float32"), (arch, "dense", 0.0, scheme))
        ]
        if method == "dense" or scheme == "float32":
            continue
        for seed, variant in own.items():
            names = [part[seed] for part in parts if seed in part]
            if len(names) == len(parts):
                head = {"variant": variant, "baseline": names[0], "pruned": names[1], "quantized": names[2]}
                rows += [
                    head | line | named(treatment) | {"seed": seed}
                    for line in _lines(inputs, [given[name] for name in [*names, variant]])
                ]
    for row, adjusted in zip(rows, holm([row["p_value"] for row in rows]), strict=True):
        row |= {"p_adjusted": adjusted, "interaction_significant": adjusted < LEVEL}
    order = {variant: place for place, variant in enumerate(inputs.exported)}
    return sorted(rows, key=lambda row: order[row["variant"]])


def _lines(inputs: Inputs, sides: list[Predictions]) -> list[Row]:
    labels = sides[0].labels
    places: list[tuple[str | None, metrics.Bools]] = [(None, np.ones(len(labels), dtype=bool))]
    places += [(str(name), labels == index) for index, name in enumerate(inputs.card["classes"])]
    lines = []
    for name, images in places:
        if images.sum() < 2:
            continue
        base, pruned, quantized, both = (side.correct[images] for side in sides)
        found = interaction(base, pruned, quantized, both)
        lines.append(
            {
                "class": name,
                "n": found.n,
                "joint_pp": found.joint_pp,
                "sum_pp": found.sum_pp,
                "interaction_pp": found.interaction_pp,
                "interaction_low_pp": found.low_pp,
                "interaction_high_pp": found.high_pp,
                "p_value": found.p_value,
            }
        )
    return lines
