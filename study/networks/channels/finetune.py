"""From the choice of channels to the trained network: cut, measure the statistics again, train on."""

from collections.abc import Sequence
from dataclasses import replace

import tf_keras

from study.networks.batch_norm import reestimate
from study.networks.channels.surgery import Keep, prune
from study.networks.training import Epoch, Trainer
from study.specs.structured import StructuredSpec


def finetuned(
    model: tf_keras.Model,
    keep: Keep,
    spec: StructuredSpec,
    trainer: Trainer,
    zero_padding: bool = False,
    before: Sequence[Epoch] = (),
) -> tuple[tf_keras.Model, list[Epoch]]:
    """Build the network of the channels in `keep`, re-estimate its batch normalisation and train it.

    Returns it with the whole history: that of the phase `before`, of which no epoch can be the best, and its own.
    """
    smaller = prune(model, keep, zero_padding)
    reestimate(smaller, trainer.train, f"{trainer.label}: statistics")
    own = trainer.phase("finetune", spec.finetune_epochs, spec.finetune_learning_rate).fit(smaller)
    chosen = [replace(row, selectable=0) for row in before]
    return smaller, chosen + [replace(row, epoch=row.epoch + len(chosen)) for row in own]
