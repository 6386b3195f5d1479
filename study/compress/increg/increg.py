"""Incremental regularisation: the longer a filter is among the weakest, the stronger its weights decay, to the end.

Wang et al. (2019), arXiv 1811.08390. Differences: AdamW would normalise a penalty's gradient away, so weights decay in
a step of their own, by rate times penalty; and a kernel in front of a batch normalisation has no scale to lose, so the
scale and offset that follow it decay with it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from study.channels.finetune import finetuned
from study.channels.groups import Group, Groups, channel_groups
from study.channels.importance import cut_of
from study.compress.compressed import Compressed
from study.compress.increg import ranks
from study.specs.structured import StructuredSpec
from study.training import Hooks, Trainer

SPEC = StructuredSpec
INTERVAL = 10
"""Steps between two updates of the penalties."""
LIMIT = 50.0
"""Penalty at which a filter is gone: at a rate of 0.0004, weights lose 2 % a step on the way there."""
LARGEST = LIMIT / 40
"""Increment of the weakest filter, which is gone after 40 updates."""
ROWS = 20


@dataclass(frozen=True, eq=False)
class _State:
    """Of one group: its variables with a channel axis at the end, and the penalty and mean rank of its filters [C]."""

    group: Group
    cut: int
    weights: list[tf.Variable]
    penalty: tf.Variable
    mean_rank: tf.Variable


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Compressed:
    """Regularise for `spec.epochs`, cut `amount` per cent of the filters of every group, train what is left.

    Filters that are not gone by then are cut by their mean rank. Table `schedule` of the record: after so many steps,
    the share of all filters that are gone, and the mean penalty of the others.
    """
    groups = channel_groups(model, zero_padding=False)
    states = [_state(model, groups, group, amount) for group in groups.prunable.values()]
    total = spec.epochs * trainer.steps_per_epoch
    seen = tf.Variable(tf.zeros((total // INTERVAL, 2), dtype=tf.float64))
    decay = _decay(states)

    def after_step(step: int, rate: float) -> None:
        number, rest = divmod(step + 1, INTERVAL)
        if not rest:
            for state in states:
                _update(model, state, number - 1)
            seen[number - 1].assign(_summary(states))
        decay(tf.constant(rate))

    variables = [variable for state in states for variable in (state.penalty, state.mean_rank)]
    hooks = Hooks(after_step=after_step, select_from=spec.epochs, state=[*variables, seen])
    history = trainer.phase("regularise", spec.epochs, spec.learning_rate).fit(model, hooks)
    keep = {state.group.name: ranks.strongest(state.penalty.numpy(), state.mean_rank.numpy(), state.cut, LIMIT)
            for state in states}  # fmt: skip
    smaller, history = finetuned(model, keep, spec, trainer, before=history)
    return Compressed(smaller, history, {"schedule": _rows(seen.numpy())})


def _state(model: tf_keras.Model, groups: Groups, group: Group, amount: int) -> _State:
    passed = [layer for layer in model.layers if groups.of[layer.name] == group.name]
    norms = [layer for layer in passed if isinstance(layer, tf_keras.layers.BatchNormalization)]
    makers = [model.get_layer(name) for name in group.members]
    weights = [weight for layer in (*makers, *norms) for weight in layer.trainable_weights]
    zeros = np.zeros(group.width)
    return _State(group, cut_of(group, amount / 100), weights, tf.Variable(zeros), tf.Variable(zeros))


def _decay(states: list[_State]) -> Any:
    """The step of decoupled decay: what is gone becomes zero, the rest loses rate times penalty of itself."""

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(rate: tf.Tensor) -> None:
        for state in states:
            penalty = tf.cast(state.penalty, tf.float32)
            factor = tf.where(state.penalty < LIMIT, tf.maximum(1.0 - rate * penalty, 0.0), 0.0)
            for weight in state.weights:
                weight.assign(weight * factor)

    return step


def _update(model: tf_keras.Model, state: _State, updates: int) -> None:
    kernels = [model.get_layer(name).get_weights()[0].reshape(-1, state.group.width) for name in state.group.members]
    norms = np.sum([np.abs(kernel).sum(axis=0, dtype=np.float64) for kernel in kernels], axis=0)
    penalty, mean_rank = ranks.updated(
        state.penalty.numpy(), state.mean_rank.numpy(), norms, updates, state.cut, LARGEST, LIMIT)  # fmt: skip
    state.penalty.assign(penalty)
    state.mean_rank.assign(mean_rank)


def _summary(states: list[_State]) -> list[float]:
    penalties = np.concatenate([state.penalty.numpy() for state in states])
    there = penalties < LIMIT
    return [float((~there).mean()), float(penalties[there].mean())]


def _rows(seen: Any) -> list[dict[str, float]]:
    chosen = np.unique(np.linspace(0, len(seen) - 1, min(ROWS, len(seen))).round().astype(int)) if len(seen) else []
    return [{"step": int((number + 1) * INTERVAL), "share": float(seen[number, 0]), "penalty": float(seen[number, 1])}
            for number in chosen]  # fmt: skip
