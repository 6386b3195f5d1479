"""The control of magnitude pruning: its epochs at its rate, chosen among the same, without a zero."""

import tf_keras

from study.compress.control import trained_further
from study.compress.family import Family
from study.networks.training import Trainer
from study.specs.pruning import PruningSpec

SPEC = PruningSpec


def compress(model: tf_keras.Model, amount: int, spec: PruningSpec, trainer: Trainer) -> Family:
    """Train the dense `model` on as `magnitude` does: see control.py. `amount` is 0."""
    phase = trainer.phase("prune", spec.epochs, spec.learning_rate)
    return trained_further(model, [(phase, spec.first_sparse_epoch(phase.steps_per_epoch))])
