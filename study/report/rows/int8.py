"""`int8_layers.csv` and `int8_recovery.csv`: the int8 error of diagnosed networks, and what layers in float bring back.

Both stand on calibration and validation images; test images play no part.
"""

from collections.abc import Mapping

from study.report.inputs import Document, Row

LAYER_COLUMNS = ["model", "arch", "place", "layer", "op", "sqnr_db", "plain_sqnr_db", "share"]
RECOVERY_COLUMNS = [
    "model",
    "arch",
    "ranges",
    "float_layers",
    "validation_images",
    "top1",
    "float32_top1",
    "from_float_pp",
    "file_bytes",
    "agreement",
    "chosen",
]


def layer_rows(diagnosis: Mapping[str, Document]) -> list[Row]:
    """Every layer of every network in the order of its graph, `place` counted from 1."""
    return [
        {"model": model, "arch": document["architecture"], "place": place, "layer": layer["name"], **layer}
        for model, document in diagnosis.items()
        for place, layer in enumerate(document.get("layers", ()), 1)
    ]


def recovery_rows(diagnosis: Mapping[str, Document]) -> list[Row]:
    """Every step back to float; `ranges` are those of the converter (plain) or of least error (tuned)."""
    return [row for model, document in diagnosis.items() for row in recovery_of(model, document)]


def recovery_of(model: str, document: Document) -> list[Row]:
    """The steps of one network. `chosen` marks the one that int8_selective takes."""
    tuned, plain = document.get("recovery"), document.get("plain")
    if not tuned:
        return []
    steps = [*([("plain", plain)] if plain else []), *(("tuned", step) for step in tuned)]
    whole = document["float32"]["top1"]
    return [
        {
            "model": model,
            "arch": document["architecture"],
            "ranges": ranges,
            "validation_images": document["images"],
            "float32_top1": whole,
            "from_float_pp": 100 * (step["top1"] - whole),
            "chosen": step is tuned[document["chosen"]],
            **step,
        }
        for ranges, step in steps
    ]
