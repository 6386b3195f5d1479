"""The same share of the channels inside of the blocks is cut, residual streams stay whole: see narrowing.py."""

import tf_keras

from study.compress.family import Family
from study.compress.uniform import narrowing
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Cut `amount` per cent of the channels of all groups that reach no residual sum, and train what is left."""
    return narrowing.compress(model, amount, spec, trainer, streams=False)
