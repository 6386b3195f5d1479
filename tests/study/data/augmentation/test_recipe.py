"""The recipe of an epoch: what is off costs nothing and changes nothing, and no option moves another's draws."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from training_specs import TINY

from study.data.augment import augment
from study.data.augmentation.erase import cutout, random_erasing
from study.data.augmentation.mix import cutmix, mixup, shares_of
from study.data.augmentation.randaugment import randaugment
from study.data.augmentation.recipe import of_epoch
from study.specs.training import TrainingSpec

SPEC = replace(TINY, shift=2)
ALL = replace(SPEC, cutout=4, erasing=0.5, randaugment=2, randaugment_magnitude=7.0, mixup=0.2, cutmix=1.0, mixed=0.7)
IMAGES = np.random.default_rng(0).integers(0, 256, (24, 12, 12, 3)).astype(np.uint8)
LABELS = np.random.default_rng(1).integers(0, 4, 24)


def batches(spec: TrainingSpec, count: int = 1, seed: int = 3, epoch: int = 2) -> list[tuple[Any, Any]]:
    augmented = of_epoch(spec, seed, epoch, classes=4)
    return [augmented(IMAGES, LABELS) for _ in range(count)]


def test_without_options_there_are_crops_and_labels_alone() -> None:
    rng = np.random.default_rng([3, 2, 1])
    for images, labels in batches(SPEC, 3):
        assert np.array_equal(images, augment(IMAGES, rng, 2, True)) and images.dtype == np.uint8
        assert labels is LABELS


def test_options_act_in_their_order() -> None:
    erased, drawn = np.random.default_rng([3, 2, 3]), np.random.default_rng([3, 2, 4])
    crops, mixed = np.random.default_rng([3, 2, 1]), np.random.default_rng([3, 2, 5])
    ways: list[str] = []
    for images, shares in batches(ALL, 20):
        wanted: Any = augment(IMAGES, crops, 2, True)
        wanted = randaugment(wanted, drawn, 2, 7.0)
        wanted = random_erasing(cutout(wanted, erased, 4), erased, 0.5)
        own = shares_of(LABELS, 4)
        if mixed.random() < 0.7:
            way = [mixup, cutmix][mixed.integers(2)]
            wanted, own = way(wanted, own, mixed, {"mixup": 0.2, "cutmix": 1.0}[way.__name__])
        ways.append("not" if (own == shares_of(LABELS, 4)).all() else way.__name__)
        assert np.array_equal(images, wanted) and np.array_equal(shares, own)
    assert set(ways) == {"not", "mixup", "cutmix"}


OPTIONS: list[dict[str, Any]] = [
    {"cutout": 4},
    {"erasing": 1.0},
    {"randaugment": 1, "randaugment_kinds": "colour"},
    {"mixup": 1.0},
    {"cutmix": 1.0},
]


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_leaves_the_draws_of_the_others(option: dict[str, Any]) -> None:
    """The crops stay, so that what is not erased or pasted is the same; and without crops the pairs stay."""
    alone, plain = batches(replace(SPEC, **option), 2), batches(SPEC, 2)
    still = batches(replace(SPEC, **option, **{"shift": 0, "flip": False}), 2)
    for (images, shares), (crop, _), (_, others) in zip(alone, plain, still, strict=True):
        assert not np.array_equal(images, crop) and np.array_equal(shares, others)
        if not {"mixup", "randaugment"} & set(option):
            assert (images == crop).mean() > 0.3


def test_a_batch_follows_from_seed_and_epoch() -> None:
    first, again, epoch, seed = (batches(ALL), batches(ALL), batches(ALL, epoch=3), batches(ALL, seed=4))
    assert np.array_equal(first[0][0], again[0][0]) and np.array_equal(first[0][1], again[0][1])
    assert not np.array_equal(first[0][0], epoch[0][0]) and not np.array_equal(first[0][0], seed[0][0])


@pytest.mark.parametrize("mixed, share", [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_so_many_batches_are_mixed(mixed: float, share: float) -> None:
    found = batches(replace(SPEC, mixup=1.0, mixed=mixed), 200)
    assert all(labels.dtype == np.float32 and labels.shape == (24, 4) for _, labels in found)
    assert np.mean([(labels.max(1) < 1).any() for _, labels in found]) == pytest.approx(share, abs=0.1 * (share == 0.5))


def test_images_that_are_given_stay() -> None:
    before = IMAGES.copy()
    batches(ALL, 3)
    assert np.array_equal(IMAGES, before)
