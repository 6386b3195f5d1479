"""Statistics of batch normalisation, measured again on training images."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import tf_keras
from tqdm import tqdm

from study.data.augment import normalise
from study.data.examples import Examples
from study.errors import StudyError

BATCH = 500
BATCHES = 20
"""Batches of training images that statistics are averaged over, at most."""


def reestimate(model: tf_keras.Model, examples: Examples, label: str = "") -> None:
    """Replace moving means and variances by the averages of those of 20 batches of 500 images.

    The images are spread evenly over all, and each batch over these, so that none holds a few classes alone where
    `examples` are sorted. Batch k has weight 1/k in the running average, so all count alike; fewer images make fewer
    batches of full size. Dropout is off, as it is where the statistics are used.

    Raises:
        StudyError: a statistic is not finite.
    """
    with estimating(model) as norms:
        size = min(BATCH, len(examples))
        batches = min(BATCHES, len(examples) // size)
        dealt = examples.spread(batches * size).batches(batches)
        for number, batch in enumerate(tqdm(dealt, label, batches, unit="batch")):
            for layer in norms:
                layer.momentum = number / (number + 1)
            # Not a tf.function: the momentum would be a constant in it.
            model(normalise(batch.images), training=True)
    for layer in norms:
        if not all(np.isfinite(value).all() for value in layer.get_weights()):
            raise StudyError(f"{layer.name}: the statistics are not finite: prune less, or train the network again")


@contextmanager
def estimating(model: tf_keras.Model) -> Iterator[list[tf_keras.layers.Layer]]:
    """The batch normalisations of `model`, whose momentum may be changed until the end; meanwhile dropout is off."""
    norms = [layer for layer in model.submodules if isinstance(layer, tf_keras.layers.BatchNormalization)]
    dropouts = [layer for layer in model.submodules if isinstance(layer, tf_keras.layers.Dropout)]
    with _restored(norms, "momentum"), _restored(dropouts, "rate"):
        for layer in dropouts:
            layer.rate = 0.0
        yield norms


@contextmanager
def _restored(layers: list[tf_keras.layers.Layer], attribute: str) -> Iterator[None]:
    values = [getattr(layer, attribute) for layer in layers]
    try:
        yield
    finally:
        for layer, value in zip(layers, values, strict=True):
            setattr(layer, attribute, value)
