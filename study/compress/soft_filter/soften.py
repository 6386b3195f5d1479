"""Soft filter pruning: after every epoch the filters of the lowest norm are weakened; they are trained like all others.

He et al. (2018), "Soft Filter Pruning for Accelerating Deep Convolutional Neural Networks", arXiv 1808.06866. The
network keeps its full capacity while it chooses, since weakened filters get gradients and may come back. Channels that
only fit together (through depthwise convolutions, squeeze-and-excite, residual sums) are ranked by their joint norm.
At the end of that phase they are cut away, and the narrower network is trained on, which the paper does not need: it
prunes during the whole training from scratch, here a trained network has a few epochs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from study.compress.family import Family, static
from study.networks.channels.finetune import finetuned
from study.networks.channels.groups import Group, channel_groups
from study.networks.channels.importance import strongest
from study.networks.channels.surgery import Keep
from study.networks.training import Hooks, Trainer
from study.specs.structured import StructuredSpec


@dataclass(frozen=True)
class Schedule:
    """What happens after epoch e of E, from 1: which part of the amount is weakened, and the factor it is given."""

    part: Callable[[int, int], float] = lambda epoch, epochs: 1.0
    factor: Callable[[int, int], float] = lambda epoch, epochs: 0.0


def asymptotic(epoch: int, epochs: int) -> float:
    """1 - 4^(-8 e / E), and all of it at the end: three quarters after an eighth of the epochs.

    He et al. (2020), "Asymptotic Soft Filter Pruning for Deep Convolutional Neural Networks", arXiv 1808.07471.
    """
    return 1.0 if epoch == epochs else 1.0 - 4.0 ** (-8 * epoch / epochs)


def softening(epoch: int, epochs: int) -> float:
    """Half at first, then falling in equal steps to zero at the end.

    Cai et al. (2021), "Softer Pruning, Incremental Regularization", arXiv 2010.09498, prescribes a monotone decrease to
    zero; the straight line is a choice of this project.
    """
    return 0.5 * (epochs - epoch) / (epochs - 1) if epochs > 1 else 0.0


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer, schedule: Schedule) -> Family:
    """Weaken, by `schedule`, up to `amount` per cent of the filters of every group; cut them; train what is left.

    Table `schedule` of the record: for each epoch the share of filters that were weakened, by which factor, how many
    they were, and how many of the epoch before were not among them any more.
    """
    groups = channel_groups(model, zero_padding=False).prunable
    weakened = {name: tf.Variable(tf.zeros(group.width)) for name, group in groups.items()}
    counts = tf.Variable(tf.zeros((spec.epochs, 2)))

    def soften(epoch: int) -> None:
        keep = strongest(model, groups, amount / 100 * schedule.part(epoch, spec.epochs))
        weak = {name: 1.0 - np.isin(np.arange(group.width), keep[name]) for name, group in groups.items()}
        back = sum(float((weakened[name].numpy() * (1.0 - weak[name])).sum()) for name in groups)
        counts[epoch - 1].assign([sum(float(one.sum()) for one in weak.values()), back])
        for name, mask in weak.items():
            weakened[name].assign(mask)
        weaken(model, groups, keep, schedule.factor(epoch, spec.epochs))

    def soften_average(epoch: int) -> None:
        keep = {name: np.flatnonzero(mask.numpy() == 0) for name, mask in weakened.items()}
        weaken(model, groups, keep, schedule.factor(epoch, spec.epochs))

    state = [*weakened.values(), counts]
    hooks = Hooks(soften, select_from=spec.epochs, state=state, on_average=soften_average)
    history = trainer.phase("choice", spec.epochs, spec.learning_rate).fit(model, hooks)
    rows = _rows(schedule, amount, spec.epochs, counts.numpy())
    smaller, history = finetuned(model, strongest(model, groups, amount / 100), spec, trainer, before=history)
    return static(smaller, history, {"schedule": rows})


def weaken(model: tf_keras.Model, groups: Mapping[str, Group], keep: Keep, factor: float) -> None:
    """Multiply the kernels of all filters outside of `keep` by `factor`.

    As one step of decoupled weight decay with the rate (1 - factor) / learning rate on these filters alone.
    """
    for name, group in groups.items():
        cut = np.setdiff1d(np.arange(group.width), keep[name])
        for member in group.members:
            kernel, *rest = model.get_layer(member).get_weights()
            kernel[..., cut] *= factor
            model.get_layer(member).set_weights([kernel, *rest])


def _rows(schedule: Schedule, amount: int, epochs: int, counts: Any) -> list[dict[str, float]]:
    return [
        {
            "epoch": epoch,
            "share": amount / 100 * schedule.part(epoch, epochs),
            "factor": schedule.factor(epoch, epochs),
            "weakened": int(counts[epoch - 1, 0]),
            "returned": int(counts[epoch - 1, 1]),
        }
        for epoch in range(1, epochs + 1)
    ]
