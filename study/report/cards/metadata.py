"""The YAML block of a model card.

Specification: `modelcard.md` of Hugging Face's hub-docs; `library_name` is a key of `model-libraries.ts` in
huggingface.js, `pipeline_tag` one of its tasks.
"""

import re
from typing import Any

import yaml

from study.report import names
from study.report.inputs import Document, Row

CIFAR10 = "uoft-cs/cifar10"  # its id on the Hub
LIBRARY, TASK = "litert", "image-classification"
LICENCE = "apache-2.0"
SCORES = {
    "top1": ("accuracy", "Top-1 accuracy"),
    "top3": ("top_3_accuracy", "Top-3 accuracy"),
    "worst_class_accuracy": ("worst_class_accuracy", "Accuracy of the worst class"),
    "ece": ("expected_calibration_error", "Expected calibration error, 15 bins"),
}


def metadata(row: Row, card: Document) -> dict[str, Any]:
    """What the block holds for a row of `results.csv` and the data card; a score without a value is left out."""
    data = dataset_id(card)
    return {
        "license": LICENCE,
        "library_name": LIBRARY,
        "pipeline_tag": TASK,
        "tags": _tags(row),
        "datasets": [data],
        "metrics": ["accuracy"],
        "model-index": [
            {
                "name": row["variant"],
                "results": [
                    {
                        "task": {"type": TASK, "name": "Image classification"},
                        "dataset": {"type": data, "name": names.clean(str(card.get("name"))), "split": "test"},
                        "metrics": [
                            {"type": kind, "value": round(float(row[key]), 6), "name": name}
                            for key, (kind, name) in SCORES.items()
                            if row.get(key) is not None and row[key] == row[key]
                        ],
                    }
                ],
            }
        ],
    }


def front_matter(content: dict[str, Any]) -> str:
    """The block between its two lines of dashes; the writer quotes strangers' names, which hold no line break."""
    return f"---\n{yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)}---\n"


def dataset_id(card: Document) -> str:
    """The Hub's id of the original CIFAR-10; of other data their name as letters, digits and dashes.

    A copy of CIFAR-10 that is not the original never gets the original's id.
    """
    if card.get("is_original_cifar10"):
        return CIFAR10
    return re.sub(r"[^a-z0-9]+", "-", str(card.get("name")).lower()).strip("-")[:90] or "custom"


def _tags(row: Row) -> list[str]:
    pruned = [] if row["method"] == "dense" else ["pruned", str(row["method"])]
    quantized = [] if str(row["quantization"]).startswith("float32") else ["quantized"]
    tags = ["tflite", str(row["family"]), *pruned, *quantized, str(row["quantization"])]
    return list(dict.fromkeys(tags))
