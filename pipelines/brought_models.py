"""Weights files of networks that somebody brought: beside the weights, the graph that no code of the study builds."""

import argparse
from pathlib import Path
from typing import Any

from pipelines import modeling
from pipelines.files import npz_headers, read_npz
from study.arrays import Array
from study.networks.models import ARCHITECTURES
from study.networks.weights import set_arrays
from study.registry import load

GRAPH = "graph"


def build(options: argparse.Namespace, arrays: dict[str, Array], to_train: bool = False) -> Any:
    """Build the network of a weights file, of full width, taking what is no weight out of `arrays`."""
    classes, shape = int(arrays.pop("classes")), arrays.pop("input_shape").tolist()
    if GRAPH not in arrays:
        return modeling.build(options, classes, shape)
    return load(ARCHITECTURES, options.family, "rebuilt")(arrays.pop(GRAPH), to_train)


def read_trained(options: argparse.Namespace, path: Path) -> Any:
    """Build the network that the options name with the weights of the file at `path`, of full width."""
    arrays = read_npz(path)
    model = build(options, arrays, to_train=True)
    set_arrays(model, arrays)
    return model


def graph_in(path: Path) -> dict[str, Array]:
    """The graph in a weights file, for those of networks that are made from it; nothing where it has none."""
    return read_npz(path, {GRAPH} & set(npz_headers(path)))
