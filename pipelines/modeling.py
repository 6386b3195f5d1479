"""What the train, compress and export stages share: arguments that name a network, its examples, its weights."""

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.files import read_npz, write_npz
from study.arrays import Array
from study.data.examples import Examples
from study.errors import StudyError
from study.networks.models import ARCHITECTURES
from study.networks.setup import prepare as start_tensorflow
from study.networks.weights import to_arrays
from study.registry import load

__all__ = [
    "arguments",
    "build",
    "calibration",
    "digest",
    "examples",
    "name_architecture",
    "name_training",
    "start_tensorflow",
    "write_levels",
    "write_model",
]


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with the options that name an architecture."""
    parser = argparse.ArgumentParser(description=description)
    name_architecture(parser)
    parser.add_argument("--params", type=Path, default=Path("params.yaml"))
    return parser


def name_architecture(parser: argparse.ArgumentParser, whose: str = "") -> None:
    """Add the options that name an architecture; `whose` network it is stands in front of each, as in `teacher-`."""
    parser.add_argument(f"--{whose}family", required=not whose, choices=sorted(ARCHITECTURES))
    parser.add_argument(f"--{whose}stem-stride", type=int, choices=(1, 2), default=2)
    parser.add_argument(f"--{whose}alpha", type=float, default=1.0)
    parser.add_argument(f"--{whose}sparse-ready", choices=("true", "false"), default="false")


def name_training(parser: argparse.ArgumentParser) -> None:
    """Add what every stage that trains is told: the seed, its data, and where its results go."""
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--history", type=Path, required=True)
    parser.add_argument("--resume", type=Path, required=True, help="checkpoint between epochs, removed when done")


def build(options: argparse.Namespace, classes: int, input_shape: Sequence[int]) -> Any:
    """Build the network that the options name, with fresh weights."""
    network = {"stem_stride": options.stem_stride, "alpha": options.alpha}
    if options.sparse_ready == "true":
        network["sparse_ready"] = True
    return load(ARCHITECTURES, options.family, "build")(classes, tuple(input_shape), **network)


def examples(path: Path) -> Examples:
    """Read a split of the data set."""
    arrays = read_npz(path)
    return Examples(arrays["images"], arrays["labels"])


def calibration(path: Path, images: int) -> Array:
    """Read the first `images` calibration images (0: all), uint8 [N, H, W, 3].

    Raises:
        StudyError: there are fewer.
    """
    found = read_npz(path)["images"]
    if images > len(found):
        raise StudyError(
            f"a scheme asks for {images} calibration images and {path} holds {len(found)}: raise "
            "data.calibration_images in params.yaml"
        )
    return found[: images or None]


def digest(split: Examples) -> str:
    """SHA-256 of images and labels."""
    return hashlib.sha256(split.images.tobytes() + split.labels.tobytes()).hexdigest()


def write_model(path: Path, model: Any, **more: Array) -> None:
    """Write the weights, with the two numbers that building needs, and `more` behind them."""
    write_npz(path, **_shape(model), **to_arrays(model), **more)


def write_levels(path: Path, levels: Mapping[str, Any], **more: Array) -> None:
    """Write the weights of networks, signature -> network, under `SIGNATURE/NAME`; of a single one as `write_model`.

    A level that has no weight but the widest one's, the first network's, is named and nothing more.
    """
    if len(levels) == 1:
        return write_model(path, *levels.values(), **more)
    widest = next(iter(levels))
    whole = {id(weight) for weight in levels[widest].weights}
    arrays = {
        f"{key}/{name}": array
        for key, model in levels.items()
        if key == widest or not all(id(weight) in whole for weight in model.weights)
        for name, array in to_arrays(model).items()
    }
    write_npz(path, **_shape(levels[widest]), levels=np.array(list(levels)), **arrays, **more)


def _shape(model: Any) -> dict[str, Array]:
    return {
        "classes": np.array(model.output_shape[-1], dtype=np.int64),
        "input_shape": np.array(model.input_shape[1:], dtype=np.int64),
    }
