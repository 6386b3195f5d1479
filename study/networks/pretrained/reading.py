"""Weights in a file, layer by layer in the order of the network: HDF5 of Keras 2 and 3, whole models or weights alone.

Names of layers are those of the file and decide nothing: Keras itself goes by the order, and names differ between its
versions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from study.arrays import Array
from study.errors import StudyError


@dataclass(frozen=True, eq=False)
class Stored:
    """One layer of a file: its name there, and its arrays in the order of the layer."""

    name: str
    arrays: tuple[Array, ...]


def read_layers(path: Path, kinds: Sequence[str]) -> list[Stored]:
    """The layers of an HDF5 file that hold weights, in their order.

    Args:
        path: `.h5` of Keras 2 or 3, or `.weights.h5`.
        kinds: class names of all layers of the network, in its order, such as `Conv2D`. Files named `*.weights.h5`
            number the layers of each kind.

    Raises:
        StudyError: the file is missing, damaged, or holds no weights of Keras.
    """
    try:
        with h5py.File(path) as file:
            found = list(_by_kind(file["layers"], kinds) if "layers" in file else _by_name(file))
    except FileNotFoundError as error:
        raise StudyError(f"{path} is missing: correct weights in params.yaml") from error
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise StudyError(f"{path} is no HDF5 file of Keras' weights, or damaged ({str(error)[:80]})") from error
    if not found:
        raise StudyError(f"{path} holds no weights of layers")
    return found


def _by_name(file: Any) -> Iterator[Stored]:
    """`layer_names` lists the groups, `weight_names` of each its arrays."""
    root = file.get("model_weights", file)
    for name in _texts(root.attrs["layer_names"]):
        names = _texts(root[name].attrs["weight_names"])
        if names:
            yield Stored(name, tuple(_array(root[name][one]) for one in names))


def _by_kind(layers: Any, kinds: Sequence[str]) -> Iterator[Stored]:
    """Groups are named after the layer's class and its number among those: `conv2d`, `conv2d_1`."""
    seen: dict[str, int] = {}
    for kind in kinds:
        plain = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)).lower()
        number = seen[plain] = seen.get(plain, -1) + 1
        name = f"{plain}_{number}" if number else plain
        if name in layers and len(layers[name]["vars"]):
            held = layers[name]["vars"]
            yield Stored(name, tuple(_array(held[str(at)]) for at in range(len(held))))


def _texts(values: Any) -> list[str]:
    return [one.decode() if isinstance(one, bytes) else str(one) for one in values]


def _array(stored: Any) -> Array:
    if not isinstance(stored, h5py.Dataset) or stored.dtype.kind not in "fiu":
        raise ValueError("an entry is no array of numbers")
    return np.asarray(stored)
