"""The steps in which a family is trained, and its control as well."""

from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

LEVELS = 4


def step(trainer: Trainer, spec: StructuredSpec, number: int) -> Trainer:
    """The training of one step, numbered from 1; all are alike."""
    return trainer.phase(f"step{number}", spec.finetune_epochs, spec.finetune_learning_rate)
