"""Made-up answers under corruptions: networks lose more with severity, pruned ones lose more still."""

from typing import Any

import numpy as np

from study.report.inputs import Inputs, Result
from study.tasks.robustness import CLEAN, Setting, scored

SPEC = {"corruptions": ["gaussian_noise", "contrast"], "severities": [1, 3, 5], "images": 1000}
SETTINGS = [CLEAN, *(Setting(name, severity) for name in ("gaussian_noise", "contrast") for severity in (1, 3, 5))]


def entries(inputs: Inputs) -> dict[str, Any]:
    """Variant -> what the robustness stage writes; the images are the test images, which stand by class."""
    return {result.name: entry(inputs, result) for result in inputs.results if result.predictions}


def entry(inputs: Inputs, result: Result) -> dict[str, Any]:
    """The document of one variant."""
    given: Any = result.predictions  # with logits
    results = []
    for place, setting in enumerate(SETTINGS):
        noise = np.random.default_rng([place, result.variant.seed]).normal(size=given.logits.shape)
        strength = 0.3 * setting.severity * (1 + result.variant.recipe.amount / 100)
        results.append(
            {
                "corruption": setting.corruption,
                "severity": setting.severity,
                "probe": f"{setting.corruption}{setting.severity}",
                **scored(given.logits + strength * noise, given.labels, inputs.card["classes"]),
            }
        )
    return {
        "variant": result.name,
        "sha256": result.evaluation.sha256 if result.evaluation else None,
        "data_fingerprint": inputs.card["fingerprint"],
        "images": len(given.labels),
        "seed": 0,
        "runtime": "ai_edge_litert",
        "runtime_version": "2.3.0",
        "threads": 1,
        "batch_size": 64,
        "results": results,
    }
