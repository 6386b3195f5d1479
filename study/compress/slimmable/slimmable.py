"""A slimmable family whose levels are narrower in every layer: see joint.py."""

import tf_keras

from study.compress.family import Family
from study.compress.slimmable import joint
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Make levels of 100 down to `amount` per cent of the channels."""
    return joint.compress(model, amount, spec, trainer, streams=True)
