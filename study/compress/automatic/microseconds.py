"""What a plan saves, in measured time: microseconds on this machine as a function of widths.

One group cut alone changes a latency by less than it scatters, so whole networks are measured, all groups cut at once,
and a line is fitted: an overhead, and a price for each multiply-accumulate and each value of a kernel that is read.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from scipy.optimize import nnls

from study.arrays import Floats
from study.networks.channels.costs import Costs
from study.networks.channels.groups import Group
from study.networks.channels.surgery import prune

SHARES = (0.0, 0.25, 0.5, 0.75)
"""Shares of all groups cut in the probes; as many more are cut by random shares."""
ROUNDS, CALLS = 30, 20


@dataclass(frozen=True)
class Price:
    """Microseconds: of the network whatever its width, of a multiply-accumulate, of a value of a kernel."""

    overhead: float
    mac: float
    weight: float

    def of(self, costs: Costs) -> float:
        """Of a network with these costs."""
        return self.overhead + self.mac * costs.macs + self.weight * costs.weights


def probes(groups: Mapping[str, Group]) -> list[dict[str, int]]:
    """Channels that each group keeps in every probe, one at least."""
    rng = np.random.default_rng(0)
    found = [dict.fromkeys(groups, share) for share in SHARES]
    found += [{name: float(rng.uniform(0, 0.8)) for name in groups} for _ in SHARES]
    return [{name: max(1, round(groups[name].width * (1 - share))) for name, share in probe.items()} for probe in found]


def measure(model: tf_keras.Model, kept: list[dict[str, int]], zero_padding: bool) -> Floats:
    """Median microseconds [K] of one image on one thread, of the networks of `kept` as float .tflite files.

    TensorFlow's own interpreter, since TensorFlow is loaded; rounds of all networks take turns, so that a slow moment
    of the machine concerns them alike.
    """
    calls = []
    for probe in kept:
        smaller = prune(model, {name: np.arange(count) for name, count in probe.items()}, zero_padding)
        calls.append(_caller(smaller))
    times = [[_timed(call) for call in calls] for _ in range(ROUNDS)]
    return 1e6 * np.median(times, axis=0)


def fit(costs: list[Costs], microseconds: Floats) -> Price:
    """The prices of least squared relative error, none below zero."""
    rows = np.array([[1.0, one.macs, one.weights] for one in costs]) / microseconds[:, None]
    scale = rows.max(axis=0)
    prices, _ = nnls(rows / scale, np.ones(len(costs)))
    return Price(*map(float, prices / scale))


def _caller(model: tf_keras.Model) -> Callable[[], None]:
    """A conversion of its own: with the schemes' one, whatever changes there would have every cell trained again."""
    function = tf.function(
        lambda image: model(image, training=False),
        input_signature=[tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], model)
    interpreter: Any = tf.lite.Interpreter(model_content=converter.convert(), num_threads=1)
    interpreter.allocate_tensors()
    call: Callable[[], None] = interpreter.invoke
    return call


def _timed(call: Callable[[], None]) -> float:
    """Seconds of one call, the median of 20 in a row."""
    seconds = []
    for _ in range(CALLS):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))
