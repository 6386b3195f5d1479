"""Network slimming: train with an L1 penalty on the scales of batch normalisation, cut the channels of small ones.

Liu et al. (2017), "Learning Efficient Convolutional Networks through Network Slimming", arXiv 1708.06519. Differences:
the penalty is a proximal step after each update, since AdamW would normalise its gradient away; a channel that passes
several batch normalisations has the least of their scales, since one zero silences it; and blocks of a residual stream
may be cut each by itself, zeros standing for the rest.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
import tf_keras

from study.arrays import Floats, Ints
from study.compress.family import Family, static
from study.compress.slimming.selection import kept, planned, quantiles, threshold
from study.networks.channels.finetune import finetuned
from study.networks.channels.groups import Groups, channel_groups
from study.networks.channels.importance import order
from study.networks.channels.surgery import permute
from study.networks.training import Hooks, Trainer
from study.specs.structured import StructuredSpec

SPEC = StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer) -> Family:
    """Shrink scales for `spec.epochs`, cut `amount` per cent of all channels that have one, train what is left.

    Channels without a scale (squeeze layers, the last convolution of MobileNetV3) stay. Tables of the record:
    `schedule` (epoch, share of the scores that are below half of their median before it began), `scales` (quantiles
    of the scores before and after) and `threshold` (the highest score that was to go, how many channels were planned
    to go of how many with a score, and how many went: fewer where a group would have been emptied).
    """
    groups = channel_groups(model, zero_padding=True)
    before = scores(model, groups)
    half = 0.5 * float(np.median(np.concatenate(list(before.values()))))
    small = tf.Variable(tf.zeros(spec.epochs))

    def look(epoch: int) -> None:
        now = np.concatenate(list(scores(model, groups).values()))
        small[epoch - 1].assign(float((now < half).mean()))

    step = shrinking(model, groups, spec.slimming_strength)
    hooks = Hooks(look, lambda number, rate: step(tf.constant(rate)), select_from=spec.epochs, state=[small])
    history = trainer.phase("shrink", spec.epochs, spec.learning_rate).fit(model, hooks)

    model = permute(model, streams(model))
    left = scores(model, groups)  # in the order that the streams have now
    counts = kept(left, amount / 100)
    keep = {
        name: np.arange(count) if groups.groups[name].added else np.sort(order(left[name])[:count])
        for name, count in counts.items()
    }
    smaller, history = finetuned(model, keep, spec, trainer, zero_padding=True, before=history)
    schedule = [{"epoch": epoch, "share": float(share)} for epoch, share in enumerate(small.numpy(), start=1)]
    channels = sum(map(len, left.values()))
    cut = {
        "threshold": threshold(left, amount / 100),
        "planned": planned(left, amount / 100),
        "cut": channels - sum(counts.values()),
        "channels": channels,
    }
    return static(smaller, history, {"schedule": schedule, "scales": quantiles(before, left), "threshold": [cut]})


def scores(model: tf_keras.Model, groups: Groups) -> dict[str, Floats]:
    """Of every group with a scaled batch normalisation: the least absolute scale of each channel, [width]."""
    found: dict[str, Floats] = {}
    for layer in _scaled(model, groups):
        name, scale = groups.of[layer.name], np.abs(layer.gamma.numpy()).astype(np.float64)
        found[name] = np.minimum(found[name], scale) if name in found else scale
    return found


def shrinking(model: tf_keras.Model, groups: Groups, strength: float) -> Callable[[tf.Tensor], None]:
    """The proximal step of the L1 penalty: every scale comes nearer to zero by rate times `strength`, and stops there.

    Parikh & Boyd (2014), "Proximal Algorithms", section 6.5.2.
    """
    scales = [layer.gamma for layer in _scaled(model, groups)]

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(rate: tf.Tensor) -> None:
        for scale in scales:
            scale.assign(tf.sign(scale) * tf.maximum(tf.abs(scale) - rate * strength, 0.0))

    return step  # type: ignore[no-any-return]


def streams(model: tf_keras.Model) -> dict[str, Ints]:
    """Order of the channels of every residual stream: by the largest scale that any of its blocks gives them."""
    coupled, padded = channel_groups(model, zero_padding=False), channel_groups(model, zero_padding=True)
    own = scores(model, padded)
    found = {}
    for name, group in coupled.prunable.items():
        terms = [own[member] for member in group.members if member in own and padded.groups[member].added]
        if group.added and terms:
            found[name] = order(np.max(terms, axis=0))
    return found


def _scaled(model: tf_keras.Model, groups: Groups) -> list[tf_keras.layers.Layer]:
    return [
        layer
        for layer in model.layers
        if isinstance(layer, tf_keras.layers.BatchNormalization)
        and layer.scale
        and groups.of[layer.name] in groups.prunable
    ]
