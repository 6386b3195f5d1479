"""A layer's configuration as tf_keras takes it: what only training reads goes, what Keras 3 named anew is renamed."""

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import tf_keras

from study.networks.brought.graph import WholeOnlyError

WITHOUT_EFFECT = {
    "ActivityRegularization",
    "AlphaDropout",
    "AugMix",
    "AutoContrast",
    "CutMix",
    "Equalization",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "MixUp",
    "RandAugment",
}
"""Layers that pass on what they get, but in training; so do all whose names begin with `Random`."""
ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}
TAKEN = set(
    "linear relu relu6 softmax log_softmax sigmoid tanh elu selu softplus softsign exponential gelu silu mish "
    "leaky_relu".split()
)
"""Activations that tf_keras computes as Keras 3 does."""
FOR_TRAINING = ("_initializer", "_regularizer", "_constraint")
DROPPED = {"dtype", "trainable", "name", "batch_input_shape", "seed", "synchronized", "renorm", "lora_rank"}
DROPPED |= {"quantization_config", "lora_alpha", "autocast", "fused", "sparse", "ragged", "optional"}
RENAMED = {("LeakyReLU", "negative_slope"): "alpha"}


def without_effect(kind: str) -> bool:
    """Whether a layer of this class passes on its input, but in training."""
    return kind in WITHOUT_EFFECT or kind.startswith("Random")


def activation_of(value: Any, where: str) -> str:
    """The name of an activation, as a configuration holds it.

    Raises:
        WholeOnlyError: it is no function that has a name in Keras.
    """
    if isinstance(value, Mapping):  # a function, or an activation layer given as a function
        value = value["config"] if isinstance(value.get("config"), str) else value.get("class_name")
    if value is None:
        return "linear"
    if not isinstance(value, str):
        raise WholeOnlyError(f"{where}: its activation {value!r:.40} is not one of Keras'")
    return ALIASES.get(value, value)


def translated(kind: str, config: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The configuration with which tf_keras' class `kind` is the same layer; activations are left to the caller.

    Raises:
        WholeOnlyError: tf_keras has no such layer, or the layer an option that it lacks.
    """
    layer = getattr(tf_keras.layers, kind, None)
    if layer is None:
        raise WholeOnlyError(f"{where}: layers of class {kind} are not rebuilt here")
    known = _parameters(layer)
    found: dict[str, Any] = {}
    for key, value in config.items():
        own = RENAMED.get((kind, key), key)
        if key.endswith(FOR_TRAINING) or key in DROPPED:
            continue
        if own in known:
            found[own] = value
        elif value not in (None, False) and value != []:
            raise WholeOnlyError(f"{where}: its option {key} is not one of tf_keras' {kind}")
    return found


def affine(config: Mapping[str, Any], weights: list[Any]) -> tuple[Any, Any]:
    """A Normalization layer as (scale, offset): numbers, or lists of one a channel."""
    mean, variance = weights[:2] if len(weights) >= 2 else (config.get("mean", 0.0), config.get("variance", 1.0))
    scale = 1.0 / np.maximum(np.sqrt(np.asarray(variance, np.float64)), 1e-7)
    offset = -np.asarray(mean, np.float64) * scale
    return tuple(value.ravel().tolist() if value.size > 1 else float(value.ravel()[0]) for value in (scale, offset))  # type: ignore[return-value]


def _parameters(layer: type) -> set[str]:
    found: set[str] = set()
    for base in inspect.getmro(layer):
        if base is tf_keras.layers.Layer:
            break
        if "__init__" in vars(base):
            found |= set(inspect.signature(base.__init__).parameters)  # type: ignore[misc]
    return found - {"self", "kwargs", "args"}
