"""Networks from their weights: the graph comes from code, its widths from the weights."""

import argparse
from pathlib import Path
from typing import Any

from pipelines.brought_models import build
from pipelines.files import read_npz
from study.networks.channels.grouped.rebuild import is_grouped, levels_like
from study.networks.channels.rebuild import as_wide_as
from study.networks.weights import set_arrays
from study.tflite.signature import SERVING_DEFAULT


def read_levels(options: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Rebuild the networks in the file at `path`, signature -> network, from the one that the options name."""
    arrays = read_npz(path)
    whole = build(options, arrays)
    if "levels" not in arrays:
        own = {SERVING_DEFAULT: arrays}
    else:
        names = arrays.pop("levels").tolist()
        own = {
            key: {name.removeprefix(f"{key}/"): array for name, array in arrays.items() if name.startswith(f"{key}/")}
            for key in names
        }
    if is_grouped(next(iter(own.values()))):
        return levels_like(whole, own)
    levels = {key: as_wide_as(whole, weights) for key, weights in own.items()}
    for key, model in levels.items():
        set_arrays(model, own[key])
    return levels
