"""Automatic pruning to a loss, with zero-padded residuals."""

import tf_keras

from study.compress.automatic import search
from study.compress.family import Family
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Cut as long as at most `amount` points of top-1 are predicted to be lost before training on: see search.py."""
    return search.compress(model, spec, trainer, zero_padding=True, budget=amount)
