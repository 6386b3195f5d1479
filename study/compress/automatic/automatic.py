"""Automatic pruning to a cost, with zero-padded residuals."""

import tf_keras

from study.compress.automatic import search
from study.compress.family import Family
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Cut `amount` per cent of the cost; blocks of a residual stream by themselves: see search.py."""
    return search.compress(model, spec, trainer, zero_padding=True, target=1 - amount / 100)
