"""All that happens to the batches of one epoch, in its order, with a generator for each purpose.

Switching one option on leaves what the others draw as it is: two trainings that differ in Mixup see the same crops.
"""

from collections.abc import Callable

import numpy as np

from study.arrays import Array
from study.data.augment import augment
from study.data.augmentation.erase import cutout, random_erasing
from study.data.augmentation.mix import cutmix, mixup, shares_of
from study.data.augmentation.randaugment import randaugment
from study.specs.training import TrainingSpec

# Purposes of (seed, epoch, purpose). The order of the images is 0, dropout 2: see study/networks/training.py.
CROPS, ERASED, DRAWN, MIXED = 1, 3, 4, 5


def of_epoch(spec: TrainingSpec, seed: int, epoch: int, classes: int) -> Callable[[Array, Array], tuple[Array, Array]]:
    """The function that is given the batches of an epoch, one after the other.

    It takes images uint8 [N, H, W, 3] and labels [N] and returns new images, in 0..255, and the labels: those given, or
    with Mixup or CutMix shares of `classes`, float32 [N, classes], then for every batch. Where both are on, each batch
    that is mixed takes one of the two, by the toss of a coin.
    """
    crops, erased, drawn, mixed = (
        np.random.default_rng([seed, epoch, purpose]) for purpose in (CROPS, ERASED, DRAWN, MIXED)
    )
    ways = [(mix, alpha) for mix, alpha in ((mixup, spec.mixup), (cutmix, spec.cutmix)) if alpha]

    def augmented(images: Array, labels: Array) -> tuple[Array, Array]:
        images = augment(images, crops, spec.shift, spec.flip)
        if spec.randaugment:
            images = randaugment(images, drawn, spec.randaugment, spec.randaugment_magnitude, spec.randaugment_kinds)
        if spec.cutout:
            images = cutout(images, erased, spec.cutout)
        if spec.erasing:
            images = random_erasing(images, erased, spec.erasing)
        if not ways:
            return images, labels
        shares = shares_of(labels, classes)
        if mixed.random() >= spec.mixed:
            return images, shares
        mix, alpha = ways[mixed.integers(len(ways))]
        return mix(images, shares, mixed, alpha)

    return augmented
