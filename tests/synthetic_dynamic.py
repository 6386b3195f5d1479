"""A made-up study of slimmable families, beside the single networks of their widths, controls, and other cut ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import synthetic_structured
import synthetic_study as synthetic
from report_topics import MAKERS

from study.plan.variant import Architecture, Level
from study.report.inputs import Evaluation, Inputs, Result, Slot
from study.report.tables import Tables
from study.report.topics import dynamic, latency

RECIPES = {"slimmable": [25], "uniform": [25, 50, 75]}
MACS, PARAMETERS, MICROSECONDS = 6_500_000, 2_270_794, 450.0


def tables_of(inputs: Inputs) -> Tables:
    """The tables that those of dynamic networks are made from, and these."""
    return Tables(inputs, {**MAKERS, **latency.TOPIC.tables, **dynamic.TOPIC.tables})


def study(
    archs: Sequence[str | Architecture] = ("mobilenet", "mobilenet_v2"),
    recipes: Mapping[str, Sequence[int]] | None = None,
    images: int = 60,
    **changes: Any,
) -> Inputs:
    """Families and single networks, float32 and int8, measured on the host and predicted for a board."""
    whole = synthetic.study(archs, RECIPES if recipes is None else recipes, images=images, **changes)
    results = tuple(_narrower(one, whole) for one in whole.results)
    slots = changes.get("latency", [slot for one in results for slot in _slots(one.level)])
    families = {one.variant.name: None for one in results if one.level.width}
    profiles = {file: [profile(file, "ai_edge_litert"), profile(file, "tflite_runtime", 2.0)] for file in families}
    return replace(whole, results=results, latency=slots, profiles=changes.get("profiles", profiles))


def profile(file: str, runtime: str, factor: float = 1.0) -> dict[str, Any]:
    """A profile of a family's file: first calls five times as long, switching 2 to 8 per cent."""
    entries = [
        {
            "level": f"w{width}",
            "setting": {"threads": 1, "affinity": None, "khz": None},
            "microseconds": factor * MICROSECONDS * width / 100,
            "accuracy": None,
            "worst_class": None,
            "millijoules": None,
            "first_microseconds": factor * 5 * MICROSECONDS * width / 100,
            "switching": 1.1 - width / 1250,
        }
        for width in (100, 75, 50, 25)
    ]
    opened = {"setting": entries[0]["setting"], "delegate": "XNNPACK", "microseconds": 9000.0}
    return {
        "format": 1,
        "model_sha256": synthetic.sha256(file),
        "runtime": runtime,
        "runtime_version": "2.14.0",
        "machine": "Made-up CPU, 2 processors",
        "quantile": 0.75,
        "levels": [entry["level"] for entry in entries],
        "entries": entries,
        "opened": [opened | {"private_bytes": 12_500_000, "resident_bytes": None}],
    }


def left(level: Level) -> float:
    """Part of the channels that a network has."""
    recipe = level.variant.recipe
    part = (level.width or 100) / 100
    return 1 - recipe.amount / 100 if level.width is None and recipe.amount else part


def microseconds(level: Level) -> float:
    """Time of one inference: by channels, and some overhead that stays."""
    return MICROSECONDS * (0.1 + 0.9 * left(level) ** 1.5) * (0.35 if level.variant.quantization.name == "int8" else 1)


def _narrower(result: Result, inputs: Inputs) -> Result:
    """Fewer channels, more wrong answers: the label's logit sinks, most of all that of class 3."""
    level, given = result.level, synthetic.answered(result)
    logits, labels = given.logits.astype(np.float64), given.labels
    together = 0.1 if level.width else 0.0
    logits[np.arange(len(labels)), labels] -= (together + 0.9 * (1 - left(level))) * (1 + (labels == 3))
    answers = synthetic.answers(logits.astype(np.float32), labels)
    return Result(level, Evaluation(_evaluated(level, answers, inputs)), answers)


def _evaluated(level: Level, answers: synthetic.Answered, inputs: Inputs) -> dict[str, Any]:
    variant, share = level.variant, left(level) ** 2
    document = synthetic.evaluation(variant, answers.logits, answers.labels, inputs.classes, inputs.card["fingerprint"])
    whole = synthetic.evaluation(
        replace(variant, recipe=variant.uncompressed.recipe),
        answers.logits,
        answers.labels,
        inputs.classes,
        inputs.card["fingerprint"],
    )
    file = 1.9 if level.width else share
    sizes = {key: int(whole[key] * file) for key in ("file_bytes", "gzip_bytes")}
    counts = {"macs": int(MACS * share), "parameters": int(PARAMETERS * share), "sparsity_effective": 0.0}
    return {**document, **sizes, **counts, "arena_bytes": int(262144 * left(level))}


def _slots(level: Level) -> list[Slot]:
    us, name = microseconds(level), level.name
    slow = level.width == 50 and level.variant.quantization.name == "int8"
    found = []
    for runtime, factor in (("ai_edge_litert", 1.0), ("tflite_runtime", 1.3)):
        document = synthetic_structured.measured(name, runtime, 1, factor * us, slow)
        found.append(Slot(name, "host", runtime, 1, _of_file(document, level)))
    predicted = synthetic_structured.predicted(name, 12 * us)
    return [*found, Slot(name, "rpi4_predicted", "tflite_runtime", 1, _of_file(predicted, level))]


def _of_file(document: dict[str, Any], level: Level) -> dict[str, Any]:
    """A level is measured in its family's file."""
    return document | {"model_sha256": synthetic.sha256(level.variant.name)}
