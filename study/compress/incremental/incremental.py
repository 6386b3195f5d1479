"""Groups of channels added step by step, each of which reads those before it: see steps.py."""

import tf_keras

from study.compress.family import Family
from study.compress.incremental import steps
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Make levels of `amount` to 100 per cent of the channels."""
    return steps.compress(model, amount, spec, trainer, "triangular")
