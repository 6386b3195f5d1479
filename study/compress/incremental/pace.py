"""The steps in which a family is trained, and its control as well."""

from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

LEVELS = 4


def step(trainer: Trainer, spec: StructuredSpec, number: int, level: str = "") -> Trainer:
    """The training of one step, numbered from 1; all are alike. `level`: of which, where each has steps of its own."""
    name = f"{level}_step{number}" if level else f"step{number}"
    return trainer.phase(name, spec.finetune_epochs, spec.finetune_learning_rate)
