"""What reaches a network: the input range, augmentation, the order of an epoch."""

import numpy as np
import pytest

from study.data.augment import augment, epoch_order, normalise
from study.errors import StudyError


def batch(count: int = 64, height: int = 9, width: int = 7) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def one_by_one(images: np.ndarray, rng: np.random.Generator, shift: int, flip: bool) -> np.ndarray:
    """The definition: pad by reflection, crop at a random offset, mirror."""
    count, height, width, _ = images.shape
    down, across = rng.integers(0, 2 * shift + 1, count), rng.integers(0, 2 * shift + 1, count)
    mirrored = rng.random(count) < 0.5 if flip else np.zeros(count, bool)
    out = []
    for image, y, x, turn in zip(images, down, across, mirrored, strict=True):
        crop = np.pad(image, ((shift, shift), (shift, shift), (0, 0)), "reflect")[y : y + height, x : x + width]
        out.append(crop[:, ::-1] if turn else crop)
    return np.stack(out)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("shift", [0, 1, 4, 6])
def test_augmentation_is_what_its_definition_says(shift: int, flip: bool) -> None:
    images = batch()
    before = images.copy()
    found = augment(images, np.random.default_rng(1), shift, flip)
    assert np.array_equal(found, one_by_one(images, np.random.default_rng(1), shift, flip))
    assert np.array_equal(images, before)
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous


def test_augmentation_repeats_with_its_generator_only() -> None:
    images = batch()
    first, second, other = (augment(images, np.random.default_rng(seed), 2, True) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_nothing_to_do_changes_nothing() -> None:
    assert np.array_equal(augment(batch(), np.random.default_rng(0), 0, False), batch())


def test_without_flip_no_image_is_mirrored() -> None:
    """Mirrored digits are other signs: a ramp from left to right must keep rising."""
    ramp = np.broadcast_to(np.arange(10, dtype=np.uint8)[None, None, :, None], (200, 4, 10, 3))
    straight = augment(ramp, np.random.default_rng(0), 0, False)
    mirrored = augment(ramp, np.random.default_rng(0), 0, True)
    assert np.all(straight[:, 0, 0, 0] == 0)
    assert 60 < np.count_nonzero(mirrored[:, 0, 0, 0]) < 140


def test_every_offset_occurs() -> None:
    ramp = np.broadcast_to(np.arange(20, dtype=np.uint8)[None, None, :, None], (500, 20, 20, 3))
    middle = augment(ramp, np.random.default_rng(0), 3, False)[:, 0, 10, 0]
    assert sorted(set(middle.tolist())) == list(range(7, 14))


@pytest.mark.parametrize("shift", [-1, 7, 100])
def test_a_shift_that_leaves_the_image_is_refused(shift: int) -> None:
    with pytest.raises(StudyError, match=r"training\.shift is .*: it must be from 0 to 6"):
        augment(batch(), np.random.default_rng(0), shift, False)


def test_an_empty_batch() -> None:
    assert augment(batch(0), np.random.default_rng(0), 2, True).shape == (0, 9, 7, 3)


def test_input_range() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    found = normalise(values)
    assert found.dtype == np.float32
    assert (found.min(), found.max()) == (-1.0, 1.0)
    assert np.array_equal(found, values.astype(np.float32) / np.float32(127.5) - np.float32(1.0))
    assert np.all(np.diff(found.ravel()) > 0)


def test_epoch_order_is_a_permutation_of_seed_and_epoch() -> None:
    orders = [epoch_order(100, seed, epoch) for seed, epoch in ((0, 1), (0, 2), (1, 1))]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert len({order.tobytes() for order in orders}) == 3
    assert np.array_equal(epoch_order(100, 0, 1), orders[0])
