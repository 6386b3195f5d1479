"""Train a network group by group: each step adds one group of channels to those before it, which stay to the bit.

Incremental training of Xun et al. (2021), arXiv 2105.03600, and Tann et al. (2016), arXiv 1607.05418: step k trains
group k with the logits of groups 1 to k, the earlier ones frozen. Theirs start from nothing. Here, as with every method
of this study, a trained network is given: its channels are put into the order of their importance and cut into groups,
each of which starts from its weights; a new group's share of the logits starts at zero, so that a step begins with the
level below.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from study.compress.family import Family
from study.compress.incremental import pace
from study.compress.incremental.pace import LEVELS
from study.data.augment import normalise
from study.data.examples import Examples
from study.networks.batch_norm import reestimate
from study.networks.channels import taylor
from study.networks.channels.grouped.costs import costs
from study.networks.channels.grouped.layout import Structure, group_of, layout, name_of
from study.networks.channels.grouped.levels import levels
from study.networks.channels.grouped.start import start_from
from study.networks.channels.groups import channel_groups
from study.networks.channels.importance import order
from study.networks.channels.surgery import permute
from study.networks.training import Epoch, Trainer, evaluate
from study.specs.structured import StructuredSpec
from study.tflite.signature import of_width, width_of, widths

WITNESSES = 100
"""Validation images on which the logits of earlier levels are compared."""


@dataclass(frozen=True, eq=False)
class _Cut:
    """A network that is cut into groups: its levels by signature, the narrowest first, and what its last layer is."""

    levels: Mapping[str, tf_keras.Model]
    classifier: str
    seconds: float


def compress(
    model: tf_keras.Model, narrowest: int, spec: StructuredSpec, trainer: Trainer, structure: Structure
) -> Family:
    """Train levels of `narrowest` to 100 per cent of the channels, a group of them in each step.

    Each step takes `spec.finetune_epochs`, and ends with the best epoch of its level. Table of the record: `levels`
    (width, multiply-accumulates, values of the kernels, parameters, validation accuracy).

    Raises:
        StudyError: `model` cannot be cut into groups (see layout.py).
        AssertionError: a step changed a weight or a logit of an earlier level.
    """
    cut = _cut(model, narrowest, spec, trainer, structure)
    history: list[Epoch] = []
    for group, network in enumerate(cut.levels.values(), start=1):
        earlier = list(cut.levels.values())[: group - 1]
        before = _bits(earlier, trainer.validation)
        if earlier:
            kernel = network.get_layer(name_of(cut.classifier, group)).kernel
            kernel.assign(np.zeros(kernel.shape))
        _train_only(network, {group})
        reestimate(network, trainer.train, f"{trainer.label}: statistics of group {group}")
        history = _joined(history, pace.step(trainer, spec, group).fit(network))
        if _bits(earlier, trainer.validation) != before:
            raise AssertionError(f"{trainer.label}: training group {group} changed a level without it")
    _train_only(network, set(range(LEVELS + 1)))
    return _family(cut.levels, history, cut.seconds, trainer)


def alone(
    model: tf_keras.Model, narrowest: int, spec: StructuredSpec, trainer: Trainer, structure: Structure
) -> Family:
    """The same levels, each trained by itself with all of its groups at once: what freezing and sharing them costs.

    A level takes as many steps as it takes in the family of `compress`, of the same epochs and rates, from the same
    trained network. Levels share nothing. Table of the record as there.

    Raises:
        StudyError: as `compress`.
    """
    cut = _cut(model, narrowest, spec, trainer, structure)
    made, history = dict[str, tf_keras.Model](), list[Epoch]()
    for count, (key, start) in enumerate(cut.levels.items(), start=1):
        network = made[key] = levels(model, widths(narrowest, LEVELS), structure)[key]
        network.set_weights(start.get_weights())
        reestimate(network, trainer.train, f"{trainer.label}: statistics of {key}")
        for number in range(1, count + 1):
            history = _joined(history, pace.step(trainer, spec, number, key).fit(network))
    return _family(made, history, cut.seconds, trainer)


def _family(made: Mapping[str, tf_keras.Model], history: Sequence[Epoch], seconds: float, trainer: Trainer) -> Family:
    """Of levels, the narrowest first, with what each costs and reaches."""
    found = dict(reversed(list(made.items())))
    record = [_row(width_of(key), network, trainer.validation) for key, network in found.items()]
    return Family(found, history, {"levels": record}, seconds)


def _cut(model: tf_keras.Model, narrowest: int, spec: StructuredSpec, trainer: Trainer, structure: Structure) -> _Cut:
    started = time.monotonic()
    every = widths(narrowest, LEVELS)
    layout(model, every)  # what cannot be cut is refused before anything is computed
    groups = channel_groups(model, zero_padding=False)
    scores = taylor.scores(model, groups, trainer.train.spread(spec.taylor_images))
    ordered = permute(model, {name: order(own) for name, own in scores.items()})
    found, made = layout(ordered, every), levels(ordered, every, structure)
    start_from(ordered, found, structure, made[of_width(100)])
    return _Cut(dict(reversed(made.items())), found.classifier.name, time.monotonic() - started)


def _train_only(network: tf_keras.Model, groups: set[int]) -> None:
    """Freeze all other groups: their batch normalisation uses the statistics it has and leaves them."""
    for layer in network.layers:
        layer.trainable = group_of(layer.name) in groups


def _bits(networks: Sequence[tf_keras.Model], examples: Examples) -> list[bytes]:
    """Every weight of networks, and their logits of the first images."""
    images = normalise(examples.spread(WITNESSES).images)
    weights = [weight.tobytes() for network in networks for weight in network.get_weights()]
    return weights + [network(images, training=False).numpy().tobytes() for network in networks]


def _joined(earlier: Sequence[Epoch], own: Sequence[Epoch]) -> list[Epoch]:
    """The history of two trainings in a row; epochs of the first cannot be the best, as they judge another network."""
    return [replace(row, selectable=0) for row in earlier] + [
        replace(row, epoch=row.epoch + len(earlier)) for row in own
    ]


def _row(width: int, network: tf_keras.Model, validation: Examples) -> dict[str, Any]:
    predict = tf.function(lambda images: network(images, training=False), reduce_retracing=True)
    _, accuracy = evaluate(predict, validation)
    spent = costs(network)
    return {
        "width": width,
        "macs": spent.macs,
        "weights": spent.weights,
        "parameters": network.count_params(),
        "val_accuracy": accuracy,
    }
