"""How much accuracy each group of channels carries: cut a share of it alone, and look."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from tqdm import tqdm

from study.batch_norm import estimating
from study.channels.groups import Group
from study.channels.surgery import Index, masked_weights
from study.examples import Examples
from study.images import normalise
from study.specs.structured import StructuredSpec
from study.training import Trainer

BATCH = 500


@dataclass(frozen=True)
class Point:
    """One measurement: top-1 (a fraction, on held-out images) where `group` alone keeps `kept` channels."""

    group: str
    kept: int
    top1: float


def points(
    model: tf_keras.Model, groups: Mapping[str, Group], order: Mapping[str, Index], spec: StructuredSpec,
    trainer: Trainer, zero_padding: bool,
) -> tuple[float, list[Point], float]:  # fmt: skip
    """Measure every group with each of `spec.shares` of its channels cut, and the whole: its top-1, the points, and
    the seconds that runs before this one, which were stopped, had looked.

    Of each group the first channels in `order` stay. Batch normalisation is estimated again on one batch of
    `spec.sensitivity_images` training images before each look, since it would be before the cut network is used; held
    out are as many of the validation split, which is a part of the training images. What is measured is kept in phase
    `sensitivity`.
    """
    resume = trainer.resume.phase("sensitivity")
    wanted = [(name, kept_of(group.width, share)) for name, group in groups.items() for share in sorted(spec.shares)]
    state = resume.load() or {}
    done, before = list(state.get("top1", [])), float(state.get("seconds", 0.0))
    started = time.monotonic()
    look = _Look(model, trainer.train, trainer.validation, spec.sensitivity_images)
    if not done:
        done.append(look.top1({}))
    for name, kept in tqdm(wanted[len(done) - 1 :], f"{trainer.label}: sensitivity", unit="cut"):
        done.append(look.top1(masked_weights(model, {name: order[name][:kept]}, zero_padding)))
        resume.save({"top1": np.array(done), "seconds": np.array(before + time.monotonic() - started)})
    whole, *cut = map(float, done)
    return whole, [Point(name, kept, top1) for (name, kept), top1 in zip(wanted, cut, strict=True)], before


def kept_of(width: int, share: float) -> int:
    """Channels that stay when the fraction `share` of `width` is cut; one at least."""
    return max(1, round(width * (1 - share)))


class _Look:
    """The network with other weights for a moment. A class since its compiled functions are made once."""

    def __init__(self, model: tf_keras.Model, train: Examples, held_out: Examples, images: int) -> None:
        self.model, self.weights = model, {layer.name: layer.get_weights() for layer in model.layers}
        self.train = tf.constant(normalise(train.spread(images).images))
        held_out = held_out.spread(images)
        self.images, self.labels = normalise(held_out.images), held_out.labels
        self.estimate = tf.function(lambda x: model(x, training=True))
        self.predict = tf.function(lambda x: model(x, training=False))

    def top1(self, changed: Mapping[str, list[Any]]) -> float:
        """Top-1 with some layers' weights `changed` and the statistics estimated again; then all is as before."""
        for name, values in changed.items():
            self.model.get_layer(name).set_weights(values)
        with estimating(self.model) as norms:
            for norm in norms:
                norm.momentum = 0.0  # the statistics of this batch alone; a constant in the compiled function
            self.estimate(self.train)
        logits = np.concatenate([self.predict(self.images[start : start + BATCH]).numpy()
                                 for start in range(0, len(self.images), BATCH)])  # fmt: skip
        for layer in self.model.layers:
            layer.set_weights(self.weights[layer.name])
        return float((logits.argmax(1) == self.labels).mean())
