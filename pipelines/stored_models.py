"""Networks from their weights: the graph comes from code, its widths from the weights."""

import argparse
from pathlib import Path
from typing import Any

from pipelines.modeling import read_trained
from study.networks.channels.rebuild import as_wide_as


def read_model(options: argparse.Namespace, path: Path) -> Any:
    """Rebuild the network that the options name and set its weights from the file at `path`."""
    return read_trained(options, path, as_wide_as)
