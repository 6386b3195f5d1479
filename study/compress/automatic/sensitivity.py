"""How much accuracy each group of channels carries: cut a share of it alone, and look."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from tqdm import tqdm

from study.arrays import Ints
from study.data.augment import normalise
from study.data.examples import Examples
from study.networks.batch_norm import estimating
from study.networks.channels.groups import Group
from study.networks.channels.surgery import masked_weights
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec

BATCH = 250
"""Images at a time: with 1,000, whose activations no cache holds, a look takes twice as long."""


@dataclass(frozen=True)
class Point:
    """One measurement: top-1 (a fraction, on held-out images) where `group` alone keeps `kept` channels."""

    group: str
    kept: int
    top1: float


def points(
    model: tf_keras.Model,
    groups: Mapping[str, Group],
    order: Mapping[str, Ints],
    spec: StructuredSpec,
    trainer: Trainer,
    zero_padding: bool,
) -> tuple[float, list[Point], float]:
    """Measure every group with each of `spec.shares` of its channels cut, and the whole: its top-1, the points, and
    the seconds that runs before this one, which were stopped, had looked.

    Of each group the first channels in `order` stay. The images are `spec.sensitivity_images` of the validation split,
    which is a part of the training images. Batch normalisation takes the statistics of the images that it looks at:
    they will be measured again before the cut network is used, and to do that here would double the time. What is
    measured is kept in phase `sensitivity`.
    """
    resume = trainer.resume.phase("sensitivity")
    wanted = [(name, kept_of(group.width, share)) for name, group in groups.items() for share in sorted(spec.shares)]
    state = resume.load() or {}
    done, before = list(state.get("top1", [])), float(state.get("seconds", 0.0))
    started = time.monotonic()
    look = _Look(model, trainer.validation.spread(spec.sensitivity_images))
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
    """The network with other weights for a moment. A class since its function is compiled once."""

    def __init__(self, model: tf_keras.Model, held_out: Examples) -> None:
        self.model = model
        batches = list(held_out.batches(math.ceil(len(held_out) / BATCH)))
        self.images = [tf.constant(normalise(batch.images)) for batch in batches]
        self.labels = np.concatenate([batch.labels for batch in batches])
        self.logits = tf.function(lambda images: model(images, training=True), reduce_retracing=True)

    def top1(self, changed: Mapping[str, list[Any]]) -> float:
        """Top-1 with some layers' weights `changed` and the statistics of these images; then all is as before."""
        before = {name: self.model.get_layer(name).get_weights() for name in changed}
        self._set(changed)
        with estimating(self.model) as norms:
            for norm in norms:
                norm.momentum = 1.0  # the stored statistics stay; a constant in the compiled function
            logits = np.concatenate([self.logits(images).numpy() for images in self.images])
        self._set(before)
        return float((logits.argmax(1) == self.labels).mean())

    def _set(self, weights: Mapping[str, list[Any]]) -> None:
        for name, values in weights.items():
            self.model.get_layer(name).set_weights(values)
