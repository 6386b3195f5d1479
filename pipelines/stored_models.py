"""Networks from their weights: the graph comes from code, its widths from the weights."""

import argparse
from pathlib import Path
from typing import Any

from pipelines.files import read_npz
from pipelines.modeling import build
from study.channels.rebuild import as_wide_as
from study.weights import set_arrays


def read_model(options: argparse.Namespace, path: Path) -> Any:
    """Rebuild the network that the options name and set its weights from the file at `path`."""
    arrays = read_npz(path)
    model = build(options, int(arrays.pop("classes")), arrays.pop("input_shape").tolist())
    model = as_wide_as(model, arrays)
    set_arrays(model, arrays)
    return model
