"""Weights files of networks that somebody brought: beside the weights, the graph that no code of the study builds."""

import argparse
from pathlib import Path
from typing import Any

from pipelines import modeling
from pipelines.files import read_npz, write_npz
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
    """As `modeling.read_trained`, of any network."""
    arrays = read_npz(path)
    if GRAPH not in arrays:
        return modeling.read_trained(options, path)
    model = build(options, arrays, to_train=True)
    set_arrays(model, arrays)
    return model


def hand_on(base: Path, path: Path) -> None:
    """Give the weights file at `path` the graph of the one at `base` that it was made from, where that has one."""
    arrays = read_npz(base)
    if GRAPH in arrays:
        write_npz(path, **read_npz(path), graph=arrays[GRAPH])
