"""The control of methods that cut a trained network at once, and train what is left."""

import tf_keras

from study.compress.control import trained_further
from study.compress.family import Family
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Train the dense `model` through the fine-tuning alone: see control.py. `amount` is 0."""
    return trained_further(model, [(trainer.phase("finetune", spec.finetune_epochs, spec.finetune_learning_rate), 1)])
