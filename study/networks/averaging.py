"""A moving average of the weights of a training, which is judged and kept in their place.

Averaging the iterates of a stochastic descent: Polyak & Juditsky (1992), "Acceleration of stochastic approximation by
averaging". Here with weights that fall exponentially, after every step, as in Szegedy et al. (2016, arXiv 1512.00567,
section 8), where stochastic weight averaging takes the mean over the last epochs at a constant rate (Izmailov et al.
2018, arXiv 1803.05407). The training itself goes on from its own weights.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
import tf_keras


@dataclass(frozen=True)
class Average:
    """`values` are the average, variables that belong to the state of the training; none where nothing is averaged.

    `update` is told the number of each step, from 0, after it; `standing` lets the average stand in the model.
    """

    values: Sequence[tf.Variable]
    update: Callable[[int], None]
    standing: Callable[[], Any]


def decay_at(step: int, decay: float) -> float:
    """How much of the average stays at step `step`, from 0: at first less, so that the starting weights are forgotten.

    min(decay, (1 + step) / (10 + step)), as tf.train.ExponentialMovingAverage has it.
    """
    return min(decay, (1 + step) / (10 + step))


def averaging(model: tf_keras.Model, decay: float) -> Average:
    """The average of what `model` learns, and of the statistics of its batch normalisation, from its weights on.

    What does not change (frozen layers) is equal to its average to the bit. A decay of 0 averages nothing.
    """
    if not decay:
        return Average((), lambda step: None, lambda: _unchanged())
    averaged = [*model.trainable_variables, *_statistics(model)]
    values = [tf.Variable(variable, trainable=False) for variable in averaged]

    @tf.function(jit_compile=False)  # type: ignore[untyped-decorator]
    def move(share: Any) -> None:
        for value, variable in zip(values, averaged, strict=True):
            value.assign_add(share * (variable - value))

    @contextmanager
    def standing() -> Iterator[None]:
        own = model.get_weights()
        for value, variable in zip(values, averaged, strict=True):
            variable.assign(value)
        try:
            yield
        finally:
            model.set_weights(own)

    return Average(values, lambda step: move(tf.constant(1.0 - decay_at(step, decay))), standing)


def _statistics(model: tf_keras.Model) -> list[tf.Variable]:
    norms = [layer for layer in model.submodules if isinstance(layer, tf_keras.layers.BatchNormalization)]
    return [variable for layer in norms for variable in (layer.moving_mean, layer.moving_variance)]


@contextmanager
def _unchanged() -> Iterator[None]:
    yield
