"""Controls: the dense network given the training that a method gives, and nothing else.

What a compressed network lost is only known against a network that was trained as long: further training alone moves
accuracy by more than many a compression does. A control has the same epochs, peak rate, warm-up and rule of selection,
and the same order of images; the amount is 0.
"""

from collections.abc import Sequence
from dataclasses import replace

import tf_keras

from study.compress.family import Family, static
from study.networks.training import Epoch, Hooks, Trainer


def trained_further(model: tf_keras.Model, phases: Sequence[tuple[Trainer, int]]) -> Family:
    """Train `model` through phases, each a trainer and the first epoch, from 1, that may be the best of its phase.

    The weights are those of the last phase; epochs of earlier ones are in the history and cannot be chosen.
    """
    history: list[Epoch] = []
    for trainer, select_from in phases:
        own = trainer.fit(model, Hooks(select_from=select_from))
        earlier = [replace(row, selectable=0) for row in history]
        history = earlier + [replace(row, epoch=row.epoch + len(earlier)) for row in own]
    return static(model, history)
