"""The networks of the family `incremental_block`, each trained by itself: what it is compared with, see steps.py."""

import tf_keras

from study.compress.family import Family
from study.compress.incremental import steps
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Make levels of `amount` to 100 per cent of the channels that share no weights."""
    return steps.alone(model, amount, spec, trainer, "block_diagonal")
