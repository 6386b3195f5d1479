"""Knowledge distillation: a network learns from labels and from the answers of a trained network, its teacher.

Hinton, Vinyals & Dean (2015), "Distilling the knowledge in a neural network", arXiv 1503.02531. The loss of a batch is
(1 - w) times that of the recipe, cross-entropy with its smoothed labels, and w times the divergence from the teacher's
softened answers (`study.tasks.classification_loss.softened`). The teacher answers the very images that the student is
given: cropped, mirrored or mixed, a batch is one batch for both (Beyer et al. 2021, arXiv 2106.05237, who find that a
teacher of another view teaches worse). Labels that are mixed or soft concern the first term alone. The teacher is
frozen: its weights and the statistics of its batch normalisation stay, and it drops nothing out.

A method is given a trainer and need not know: whatever it trains learns from the teacher too, and so does its control.
"""

from dataclasses import dataclass, replace
from typing import Any

import tf_keras

from study.errors import StudyError
from study.networks.training import Epoch, Hooks, Objective, Trainer
from study.tasks import classification_loss as task

HOOKS = Hooks()
"""What a method adds that adds nothing."""


@dataclass(frozen=True, eq=False)
class Teacher:
    """A trained network, the share of the loss that its answers have, and the temperature that softens them."""

    network: tf_keras.Model
    weight: float
    temperature: float


@dataclass(frozen=True)
class TaughtTrainer(Trainer):
    """A trainer each of whose trainings learns from `teacher` too; without one it is as any other."""

    teacher: Teacher | None = None

    def fit(self, model: tf_keras.Model, hooks: Hooks = HOOKS) -> list[Epoch]:
        """As every trainer's.

        Raises:
            StudyError: as there; or the method has an objective of its own, in which no teacher has a place.
        """
        if self.teacher is None:
            return super().fit(model, hooks)
        if hooks.objective is not None:
            raise StudyError(
                f"{self.label}: this method has a loss of its own, which takes no teacher: set distillation_weight of "
                "its section in params.yaml to 0"
            )
        return super().fit(model, replace(hooks, objective=taught(model, self.teacher)))


def taught(model: tf_keras.Model, teacher: Teacher) -> Objective:
    """What `model` minimises under a teacher, which is frozen here; epochs are judged by labels alone, as ever."""
    teacher.network.trainable = False

    def loss(images: Any, labels: Any, smoothing: float) -> tuple[Any, Any]:
        logits = model(images, training=True)
        answers = teacher.network(images, training=False)
        own = task.loss(labels, logits, smoothing)
        learned = task.softened(answers, logits, teacher.temperature)
        return (1.0 - teacher.weight) * own + teacher.weight * learned, logits

    return Objective(loss, [model])
