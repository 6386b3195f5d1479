"""The input that a model is emulated on: noise that depends on nothing but the model's input shape and type."""

import numpy as np

from study.arrays import Array
from study.errors import StudyError
from study.tflite.facts import read


def fixed_image(model: bytes, signature: str | None = None) -> Array:
    """Uniform noise: in [-1, 1] for a float input, over all values of an integer one.

    Raises:
        StudyError: not a readable model, or a level that is not there or has not exactly one input.
    """
    inputs = read(model).level(signature).inputs
    if len(inputs) != 1:
        raise StudyError(f"the model has {len(inputs)} inputs: one is expected")
    kind, shape, rng = np.dtype(inputs[0].dtype), inputs[0].shape, np.random.default_rng(0)
    if kind.kind == "f":
        return rng.uniform(-1, 1, shape).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min, limits.max, shape, endpoint=True).astype(kind)
