"""Weights as named arrays: what travels between stages. The graph is rebuilt from code, so nothing is executed."""

from collections.abc import Mapping

import numpy as np
import tf_keras

from study.arrays import Array
from study.errors import StudyError


def to_arrays(model: tf_keras.Model) -> dict[str, Array]:
    """Return the weights of `model` by name, in its own order."""
    return {weight.name: weight.numpy() for weight in model.weights}


def set_arrays(model: tf_keras.Model, arrays: Mapping[str, Array]) -> None:
    """Set the weights of `model` from `to_arrays` of one of the same architecture.

    Raises:
        StudyError: names or shapes differ; the message names the first difference.
    """
    for weight in model.weights:
        if weight.name not in arrays:
            raise StudyError(f"the weights file has no {weight.name}: it belongs to another architecture")
        if tuple(weight.shape) != arrays[weight.name].shape:
            raise StudyError(
                f"{weight.name} has shape {arrays[weight.name].shape} in the weights file, "
                f"{tuple(weight.shape)} in the model"
            )
    surplus = sorted(set(arrays) - {weight.name for weight in model.weights})
    if surplus:
        raise StudyError(f"the weights file holds {surplus[0]}, which the model does not have")
    for weight in model.weights:
        weight.assign(np.asarray(arrays[weight.name]))
