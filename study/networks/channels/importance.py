"""How much a channel matters: by the length of what makes it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tf_keras

from study.arrays import Array, Floats, Ints
from study.networks.channels.groups import Group


def strongest(model: tf_keras.Model, groups: Mapping[str, Group], share: float) -> dict[str, Ints]:
    """The channels of each group that stay: all but the fraction `share`, rounded down, of the lowest norm."""
    return {
        name: np.sort(order(norms(model, group))[: group.width - cut_of(group, share)])
        for name, group in groups.items()
    }


def cut_of(group: Group, share: float) -> int:
    """How many channels the fraction `share` of a group is, rounded down; one always stays."""
    return min(int(group.width * share + 1e-9), group.width - 1)  # 0.29 * 100 is a little less than 29


def order(values: Array) -> Ints:
    """Channels from the highest value to the lowest; of equal ones the later are cut last."""
    return np.argsort(values, kind="stable")[::-1]


def norms(model: tf_keras.Model, group: Group) -> Floats:
    """L2 norm [width] of what makes each channel: over the kernels of all members."""
    kernels: list[Any] = [model.get_layer(member).get_weights()[0].astype(np.float64) for member in group.members]
    return np.asarray(np.sqrt(sum((kernel.reshape(-1, group.width) ** 2).sum(axis=0) for kernel in kernels)))
