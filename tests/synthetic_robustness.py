"""Made-up answers under corruptions: networks lose more with severity, pruned ones lose more still."""

from typing import Any

import numpy as np

from study.report.inputs import Inputs
from study.tasks.robustness import CLEAN, Setting, scored

SPEC = {"corruptions": ["gaussian_noise", "contrast"], "severities": [1, 3, 5], "images": 1000}
SETTINGS = [CLEAN, *(Setting(name, severity) for name in ("gaussian_noise", "contrast") for severity in (1, 3, 5))]


def entries(inputs: Inputs) -> dict[str, Any]:
    """Variant -> what the robustness stage writes; the images are the test images, which stand by class."""
    return {variant: entry(inputs, variant) for variant in inputs.predictions}


def entry(inputs: Inputs, variant: str) -> dict[str, Any]:
    """The document of one variant."""
    arrays, cell = inputs.predictions[variant], inputs.exported[variant]
    labels, results = arrays["labels"], []
    for place, setting in enumerate(SETTINGS):
        noise = np.random.default_rng([place, cell["seed"]]).normal(size=arrays["logits"].shape)
        strength = 0.3 * setting.severity * (1 + cell["amount"] / 100)
        results.append(
            {
                "corruption": setting.corruption,
                "severity": setting.severity,
                "probe": f"{setting.corruption}{setting.severity}",
                **scored(arrays["logits"] + strength * noise, labels, inputs.card["classes"]),
            }
        )
    return {
        "variant": variant,
        "sha256": inputs.accuracy[variant]["facts"][0]["sha256"],
        "data_fingerprint": inputs.card["fingerprint"],
        "images": len(labels),
        "seed": 0,
        "runtime": "ai_edge_litert",
        "runtime_version": "2.3.0",
        "threads": 1,
        "batch_size": 64,
        "results": results,
    }
