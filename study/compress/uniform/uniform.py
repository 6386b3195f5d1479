"""The same share of the channels of every layer is cut: see narrowing.py."""

import tf_keras

from study.compress.family import Family
from study.compress.uniform import narrowing
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Cut `amount` per cent of the channels, and train what is left."""
    return narrowing.compress(model, amount, spec, trainer, streams=True)
