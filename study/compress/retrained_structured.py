"""The control of methods that choose channels while the network trains, and train what is left."""

import tf_keras

from study.compress.control import trained_further
from study.compress.family import Family
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Train the dense `model` through both phases: see control.py. `amount` is 0."""
    choice = trainer.phase("choice", spec.epochs, spec.learning_rate)
    finetune = trainer.phase("finetune", spec.finetune_epochs, spec.finetune_learning_rate)
    return trained_further(model, [(choice, spec.epochs), (finetune, 1)])
