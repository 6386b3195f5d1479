"""Stage `diagnose`: what int8 costs one trained network, layer by layer, and what brings it back."""

import math
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines import cli, modeling
from pipelines.files import write_json
from pipelines.stored_models import read_levels
from study.convert.tuned.diagnosis import Diagnosis, diagnose
from study.convert.tuned.selection import BUDGET
from study.convert.tuned.sensitivity import Step


def main() -> None:
    """Diagnose, write one JSON document."""
    parser = modeling.arguments(__doc__ or "")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--calibration", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--architecture", required=True, help="its name in the study")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    modeling.start_tensorflow(seed=0, threads=1)

    calibration = modeling.calibration(options.calibration, 0)
    (model,) = read_levels(options, options.weights).values()
    found = diagnose(
        model, calibration, modeling.examples(options.validation), lambda steps, total, label: tqdm(steps, label, total)
    )
    write_json(
        options.out,
        {
            "model": options.weights.stem,
            "architecture": options.architecture,
            "scheme": "int8",
            "calibration_images": len(calibration),
        }
        | document(found),
    )


def document(found: Diagnosis) -> dict[str, Any]:
    """The diagnosis as plain values: fractions, dB (null where a layer adds no noise), bytes."""
    layers = found.selection.layers
    power = [10 ** (-layer.sqnr_db / 10) for layer in layers]
    plain = {layer.name: _finite(layer.sqnr_db) for layer in found.plain_layers}
    return {
        "layers": [
            {
                "name": layer.name,
                "op": layer.kind,
                "share": noise / (sum(power) or 1.0),
                "sqnr_db": _finite(layer.sqnr_db),
                "plain_sqnr_db": plain.get(layer.name),
            }
            for layer, noise in zip(layers, power, strict=True)
        ],
        "recovery": [_step(step) for step in found.selection.steps],
        "plain": _step(found.plain) if found.plain else None,
        "float32": {"top1": found.top1, "file_bytes": found.file_bytes},
        "images": found.images,
        "budget_pp": 100 * BUDGET,
        "chosen": found.selection.chosen,
    }


def _finite(decibels: float) -> float | None:
    return decibels if math.isfinite(decibels) else None


def _step(step: Step) -> dict[str, Any]:
    return {
        "float_layers": len(step.in_float),
        "layers": list(step.in_float),
        "top1": step.top1,
        "agreement": step.agreement,
        "file_bytes": step.file_bytes,
    }


if __name__ == "__main__":
    cli.run(main)
