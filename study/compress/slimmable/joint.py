"""Train a network and its narrower levels together, so that it can be run at any of their widths.

Yu & Huang (2019), "Universally Slimmable Networks and Improved Training Techniques", arXiv 1903.05134: in every step
the widest level learns from the labels and the narrower ones from the widest (in-place distillation), the widest and
the narrowest always among them (sandwich rule: with four levels all take part). Each level has a batch normalisation of
its own (arXiv 1812.08928). Two things are this project's: it starts from a trained network, and the channels are put
into the order of their importance first.
"""

import time
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
import tf_keras

from study.compress.family import Family
from study.networks.channels.costs import costs_of
from study.networks.channels.prefixes import Part, by_importance, first_channels, part
from study.networks.training import Hooks, Objective, Trainer, evaluate
from study.specs.structured import StructuredSpec
from study.tasks import classification_loss as task
from study.tflite.signature import of_width, widths

LEVELS = 4


class _Several(tf_keras.Model):  # type: ignore[misc]
    """The weights of several networks as those of one model; it computes nothing."""

    def __init__(self, networks: list[tf_keras.Model]) -> None:
        super().__init__()
        self.networks = networks


def compress(model: tf_keras.Model, narrowest: int, spec: StructuredSpec, trainer: Trainer, streams: bool) -> Family:
    """Train levels of 100 down to `narrowest` per cent of the channels for `spec.finetune_epochs`.

    Without `streams` residual streams stay whole. The best epoch is that of the highest mean accuracy of the levels.
    Table of the record: `levels` (width, multiply-accumulates and values of the kernels, validation accuracy).
    """
    started = time.monotonic()
    wide = by_importance(model, trainer.train.spread(spec.taylor_images), streams)
    analysed = time.monotonic() - started
    every = widths(narrowest, LEVELS)
    kept = {width: first_channels(wide, width, spec.multiple, streams) for width in every[1:]}
    parts = {width: part(wide, keep) for width, keep in kept.items()}

    def settle(epoch: int = 0) -> None:
        for one in parts.values():
            one.settle()

    networks = [wide, *(one.network for one in parts.values())]
    hooks = Hooks(settle, objective=Objective(_loss(wide, parts), networks), on_average=settle)
    own = trainer.phase("slimmable", spec.finetune_epochs, spec.finetune_learning_rate)
    history = own.fit(_Several(networks), hooks)
    costs = costs_of(wide, zero_padding=False)
    record = []
    for width, network in zip(every, networks, strict=True):
        spent = costs({name: len(index) for name, index in kept.get(width, {}).items()})
        predict = tf.function(lambda images, network=network: network(images, training=False), reduce_retracing=True)
        _, accuracy = evaluate(predict, trainer.validation)
        record.append({"width": width, "macs": spent.macs, "weights": spent.weights, "val_accuracy": accuracy})
    levels = {of_width(width): network for width, network in zip(every, networks, strict=True)}
    return Family(levels, history, {"levels": record}, analysed)


def _loss(wide: tf_keras.Model, parts: Mapping[int, Part]) -> Any:
    """Labels teach the widest level, and it the others: the sum of their losses."""

    def loss(images: Any, labels: Any, smoothing: float) -> tuple[Any, Any]:
        logits = wide(images, training=True)
        total = task.loss(labels, logits, smoothing)
        for one in parts.values():
            total += task.distillation(logits, one.logits(images))
        return total, logits

    return loss
