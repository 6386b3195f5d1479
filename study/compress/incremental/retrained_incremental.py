"""The control of families that are trained group by group: the dense network, through all of their steps."""

import tf_keras

from study.compress.control import trained_further
from study.compress.family import Family
from study.compress.incremental import pace
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Train the dense `model` through all steps: see control.py. `amount` is 0."""
    return trained_further(model, [(pace.step(trainer, spec, number), 1) for number in range(1, pace.LEVELS + 1)])
