"""Soft filter pruning: whole filters are set to zero after every epoch, may come back, and are cut away at the end.

He et al. (2018), "Soft Filter Pruning for Accelerating Deep Convolutional Neural Networks", arXiv 1808.06866. The
network keeps its full capacity while it trains, since zeroed filters get gradients like all others. Differences from
the paper: channels that only fit together (through depthwise convolutions, squeeze-and-excite, residual sums) are
ranked by their joint norm; and the choice becomes final after a part of the epochs. From then on the batch
normalisation of what is cut is silenced too, whose offsets the network would else learn to rely on, so that what is
trained, judged and exported is one function.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras

from study.channels.groups import Group, channel_groups
from study.channels.surgery import masked, prune
from study.specs.pruning import PruningSpec
from study.training import Epoch, Hooks, Trainer

Keep = dict[str, npt.NDArray[np.int64]]


def compress(
    model: tf_keras.Model, amount: int, spec: PruningSpec, trainer: Trainer
) -> tuple[tf_keras.Model, list[Epoch]]:
    """Train on while `amount` per cent of the filters of every group are zeroed, then return the smaller network.

    Filters may come back during the first `spec.ramp` of the epochs; the best of the later ones is chosen.
    """
    groups = channel_groups(model, zero_padding=False).prunable
    final = max(1, round(spec.ramp * spec.epochs))
    trainer = replace(trainer, spec=replace(trainer.spec, epochs=spec.epochs, learning_rate=spec.learning_rate))

    def soften(epoch: int) -> None:
        keep = strongest(model, groups, amount)
        if epoch < final:
            _zero(model, groups, keep)
        else:
            model.set_weights(masked(model, keep, zero_padding=False).get_weights())

    history = trainer.fit(model, Hooks(before_evaluation=soften, select_from=final))
    return prune(model, strongest(model, groups, amount), zero_padding=False), history


def strongest(model: tf_keras.Model, groups: Mapping[str, Group], amount: int) -> Keep:
    """The channels of each group that stay: all but `amount` per cent, rounded down, of the lowest L2 norm."""
    keep = {}
    for name, group in groups.items():
        cut = group.width * amount // 100
        keep[name] = np.sort(np.argsort(norms(model, group), kind="stable")[cut:])
    return keep


def norms(model: tf_keras.Model, group: Group) -> npt.NDArray[np.float64]:
    """L2 norm [width] of what makes each channel: over the kernels of all members."""
    kernels: list[Any] = [model.get_layer(member).get_weights()[0].astype(np.float64) for member in group.members]
    return np.asarray(np.sqrt(sum((kernel.reshape(-1, group.width) ** 2).sum(axis=0) for kernel in kernels)))


def _zero(model: tf_keras.Model, groups: Mapping[str, Group], keep: Keep) -> None:
    for name, group in groups.items():
        cut = np.setdiff1d(np.arange(group.width), keep[name])
        for member in group.members:
            kernel, *rest = model.get_layer(member).get_weights()
            kernel[..., cut] = 0
            model.get_layer(member).set_weights([kernel, *rest])
