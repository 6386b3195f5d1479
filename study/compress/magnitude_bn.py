"""One-shot magnitude pruning, then batch normalisation statistics re-estimated; nothing is trained.

Pruning shifts what every layer sees, and the stored means and variances no longer fit: measuring them again on
training images recovers much of the loss for the price of one pass over the data (Li et al. 2020, EagleEye,
arXiv 2007.02491; Frantar & Alistarh 2022, Optimal Brain Compression, arXiv 2208.11580, section 6).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import tf_keras
from tqdm import tqdm

from study.compress.masks import magnitude_mask
from study.errors import StudyError
from study.examples import Examples
from study.images import normalise
from study.specs.pruning import PruningSpec
from study.training import Epoch, Trainer

PRUNABLE = (tf_keras.layers.Conv2D, tf_keras.layers.Dense)
BATCH = 500
BATCHES = 20
"""Batches of training images that statistics are averaged over, at most."""


def compress(
    model: tf_keras.Model, amount: int, spec: PruningSpec, trainer: Trainer
) -> tuple[tf_keras.Model, list[Epoch]]:
    """Cut `amount` per cent of every Conv2D and Dense kernel, then re-estimate. The history is empty."""
    for layer in model.layers:
        if isinstance(layer, PRUNABLE):
            kernel, *rest = layer.get_weights()
            layer.set_weights([kernel * magnitude_mask(kernel, amount / 100), *rest])
    reestimate(model, trainer.train, trainer.label)
    return model, []


def reestimate(model: tf_keras.Model, examples: Examples, label: str = "") -> None:
    """Replace moving means and variances by the averages of those of 20 batches of 500 images.

    Batch k has weight 1/k in the running average, so all count alike; fewer images make fewer batches, of which a
    short last one is left out, as long as there is a full one. Dropout is off, as it is where they are used.

    Raises:
        StudyError: a statistic is not finite.
    """
    norms = [layer for layer in model.submodules if isinstance(layer, tf_keras.layers.BatchNormalization)]
    dropouts = [layer for layer in model.submodules if isinstance(layer, tf_keras.layers.Dropout)]
    with _restored(norms, "momentum"), _restored(dropouts, "rate"):
        for layer in dropouts:
            layer.rate = 0.0
        size = min(BATCH, len(examples))
        for number in tqdm(range(min(BATCHES, len(examples) // size)), label, unit="batch"):
            for layer in norms:
                layer.momentum = number / (number + 1)
            # Not a tf.function: the momentum would be a constant in it.
            model(normalise(examples.images[number * size : (number + 1) * size]), training=True)
    for layer in norms:
        if not all(np.isfinite(value).all() for value in layer.get_weights()):
            raise StudyError(f"{layer.name}: the statistics are not finite: prune less, or train the network again")


@contextmanager
def _restored(layers: list[tf_keras.layers.Layer], attribute: str) -> Iterator[None]:
    values = [getattr(layer, attribute) for layer in layers]
    try:
        yield
    finally:
        for layer, value in zip(layers, values, strict=True):
            setattr(layer, attribute, value)
