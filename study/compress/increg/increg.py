"""Incremental regularisation: the longer a filter is among the weakest, the stronger its weights decay, to the end.

Wang et al. (2019), arXiv 1811.08390. Differences: AdamW would normalise a penalty's gradient away, so weights decay in
a step of their own, by rate times penalty; a kernel in front of a batch normalisation has no scale to lose, so the
scale and offset that follow it decay with it; and the length of the phase sets the pace (see pace.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from study.compress.family import Family, static
from study.compress.increg import ranks
from study.compress.increg.pace import Pace, pace
from study.networks.channels.finetune import finetuned
from study.networks.channels.groups import Group, Groups, channel_groups
from study.networks.channels.importance import cut_of
from study.networks.training import Hooks, Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec
ROWS = 20
"""Of table `schedule`, at most."""


@dataclass(frozen=True, eq=False)
class _State:
    """Of one group: its variables with a channel axis at the end, and the penalty and mean rank of its filters [C]."""

    group: Group
    cut: int
    weights: list[tf.Variable]
    penalty: tf.Variable
    mean_rank: tf.Variable


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Regularise for `spec.epochs`, cut `amount` per cent of the filters of every group, train what is left.

    Filters that are not gone by then are cut by their mean rank. Tables of the record: `schedule` (after so many steps,
    the share of all filters that are gone, and the mean penalty of the others), and `filters` (of every group how many
    were planned to go, how many penalties took, and how many were cut by rank).
    """
    groups = channel_groups(model, zero_padding=False)
    states = [_state(model, groups, group, amount) for group in groups.prunable.values()]
    total = spec.epochs * trainer.steps_per_epoch
    own = pace(total, spec.learning_rate)
    seen = tf.Variable(tf.zeros((total // own.interval, 2), dtype=tf.float64))
    decay = decaying(states, own.limit)

    def after_step(step: int, rate: float) -> None:
        number, rest = divmod(step + 1, own.interval)
        if not rest:
            for state in states:
                _update(model, state, number - 1, own)
            seen[number - 1].assign(_summary(states, own.limit))
        decay(tf.constant(rate))

    variables = [variable for state in states for variable in (state.penalty, state.mean_rank)]
    hooks = Hooks(after_step=after_step, select_from=spec.epochs, state=[*variables, seen])
    history = trainer.phase("regularise", spec.epochs, spec.learning_rate).fit(model, hooks)
    keep = {
        state.group.name: ranks.strongest(state.penalty.numpy(), state.mean_rank.numpy(), state.cut, own.limit)
        for state in states
    }
    smaller, history = finetuned(model, keep, spec, trainer, before=history)
    filters = [_taken(state, own.limit) for state in states]
    return static(smaller, history, {"schedule": _rows(seen.numpy(), own.interval), "filters": filters})


def _state(model: tf_keras.Model, groups: Groups, group: Group, amount: int) -> _State:
    # What makes the channels, and every vector on their way: an offset that stayed would go on in what is gone.
    passed = [layer for layer in model.layers if groups.of[layer.name] == group.name]
    weights = [
        weight
        for layer in passed
        for weight in layer.trainable_weights
        if layer.name in group.members or len(weight.shape) == 1
    ]
    zeros = np.zeros(group.width)
    return _State(group, cut_of(group, amount / 100), weights, tf.Variable(zeros), tf.Variable(zeros))


def decaying(states: Sequence[_State], limit: float) -> Callable[[tf.Tensor], None]:
    """The step of decoupled decay: what is gone becomes zero, the rest loses rate times penalty of itself."""

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(rate: tf.Tensor) -> None:
        for state in states:
            penalty = tf.cast(state.penalty, tf.float32)
            factor = tf.where(state.penalty < limit, tf.maximum(1.0 - rate * penalty, 0.0), 0.0)
            for weight in state.weights:
                weight.assign(weight * factor)

    return step  # type: ignore[no-any-return]


def _update(model: tf_keras.Model, state: _State, updates: int, own: Pace) -> None:
    kernels = [model.get_layer(name).get_weights()[0].reshape(-1, state.group.width) for name in state.group.members]
    norms = np.sum([np.abs(kernel).sum(axis=0, dtype=np.float64) for kernel in kernels], axis=0)
    penalty, mean_rank = ranks.updated(
        state.penalty.numpy(), state.mean_rank.numpy(), norms, updates, state.cut, own.largest, own.limit
    )
    state.penalty.assign(penalty)
    state.mean_rank.assign(mean_rank)


def _summary(states: Sequence[_State], limit: float) -> list[float]:
    penalties = np.concatenate([state.penalty.numpy() for state in states])
    there = penalties < limit
    return [float((~there).mean()), float(penalties[there].mean())]


def _rows(seen: Any, interval: int) -> list[dict[str, float]]:
    chosen = np.unique(np.linspace(0, len(seen) - 1, min(ROWS, len(seen))).round().astype(int))
    return [
        {"step": int(number + 1) * interval, "share": float(seen[number, 0]), "penalty": float(seen[number, 1])}
        for number in chosen
    ]


def _taken(state: _State, limit: float) -> dict[str, str | int]:
    taken = int((state.penalty.numpy() >= limit).sum())
    return {"group": state.group.name, "planned": state.cut, "taken": taken, "by_rank": state.cut - taken}
