"""Soft filter pruning (SFP): the whole share is set to zero after every epoch."""

import tf_keras

from study.compress.family import Family
from study.compress.soft_filter import soften
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec
SCHEDULE = soften.Schedule()


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Choose, cut and train on: see soften.py."""
    return soften.compress(model, amount, spec, trainer, SCHEDULE)
