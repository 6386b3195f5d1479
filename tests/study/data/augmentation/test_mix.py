"""Mixup and CutMix: the shares of labels are those of the images."""

import numpy as np
import pytest

from study.data.augmentation.mix import cutmix, mixup, shares_of

COUNT, CLASSES = 250, 5


def batch(height: int = 10, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Each image has one value, its number, so that what came from where can be read."""
    values = np.arange(COUNT)
    return np.broadcast_to(values[:, None, None, None], (COUNT, height, width, 3)).astype(np.uint8), values % CLASSES


def test_a_label_is_all_of_its_class() -> None:
    found = shares_of(np.array([2, 0]), 3)
    assert found.dtype == np.float32 and found.tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_mixup_is_its_definition(alpha: float) -> None:
    images = np.random.default_rng(0).integers(0, 256, (COUNT, 6, 5, 3)).astype(np.uint8)
    labels = np.random.default_rng(1).integers(0, CLASSES, COUNT)
    found, shares = mixup(images, shares_of(labels, CLASSES), np.random.default_rng(2), alpha)
    rng = np.random.default_rng(2)
    own, partner = rng.beta(alpha, alpha, COUNT), rng.permutation(COUNT)
    for i in range(COUNT):
        wanted = own[i] * images[i].astype(float) + (1 - own[i]) * images[partner[i]].astype(float)
        np.testing.assert_allclose(found[i], wanted, rtol=1e-5, atol=1e-4)
        label = np.zeros(CLASSES)
        label[labels[i]] += own[i]
        label[labels[partner[i]]] += 1 - own[i]
        np.testing.assert_allclose(shares[i], label, atol=1e-6)
    assert found.dtype == shares.dtype == np.float32 and found.min() >= 0 and found.max() <= 255


def test_every_image_has_a_share_of_its_own() -> None:
    images = np.repeat(np.array([[[[0]]], [[[200]]]], np.uint8), COUNT // 2, axis=0)
    found, _ = mixup(images, shares_of(np.zeros(COUNT, int), 1), np.random.default_rng(0), 1.0)
    assert len(np.unique(found)) > 50


@pytest.mark.parametrize("size", [(10, 8), (32, 32), (1, 1), (3, 64)])
def test_the_mix_of_labels_is_the_share_of_the_pixels_exactly(size: tuple[int, int]) -> None:
    images, labels = batch(*size)
    found, shares = cutmix(images, shares_of(labels, CLASSES), np.random.default_rng(2), 1.0)
    assert found.dtype == np.uint8 and shares.dtype == np.float32
    for i in range(COUNT):
        values, counts = np.unique(found[i, :, :, 0], return_counts=True)
        wanted = np.zeros(CLASSES)
        for value, count in zip(values, counts, strict=True):
            wanted[value % CLASSES] += count / (size[0] * size[1])
        np.testing.assert_allclose(shares[i], wanted, rtol=0, atol=1e-7)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)


def test_what_is_pasted_is_one_rectangle_of_the_partner_in_its_place() -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 12, 9, 3)).astype(np.uint8)
    images[:, 0, 0] = np.arange(40)[:, None]
    found, shares = cutmix(images, shares_of(np.arange(40), 40), np.random.default_rng(3), 1.0)
    rng = np.random.default_rng(3)
    scale = np.sqrt(1 - rng.beta(1.0, 1.0, 40))
    y, x, partner = rng.integers(0, 12, 40), rng.integers(0, 9, 40), rng.permutation(40)
    for i in range(40):
        high, wide = int(12 * scale[i]), int(9 * scale[i])
        top, left = y[i] - high // 2, x[i] - wide // 2
        wanted = images[i].copy()
        part = (slice(max(top, 0), max(top + high, 0)), slice(max(left, 0), max(left + wide, 0)))
        wanted[part] = images[partner[i]][part]
        assert np.array_equal(found[i], wanted)
        pixels = wanted[part][..., 0].size / (12 * 9)
        if partner[i] != i:
            assert shares[i, partner[i]] == pytest.approx(pixels, abs=1e-7)
            assert shares[i, i] == pytest.approx(1 - pixels, abs=1e-7)
    areas = 1 - shares[np.arange(40), np.arange(40)]
    assert areas.min() < 0.1 and areas.max() > 0.5


@pytest.mark.parametrize("alpha", [1e-300, 1e-3])
def test_with_a_small_alpha_one_of_the_two_prevails(alpha: float) -> None:
    images, _ = batch()
    shares = shares_of(np.arange(COUNT), COUNT)
    _, mixed = mixup(images, shares, np.random.default_rng(0), alpha)
    assert (mixed.max(axis=1) > 0.99).mean() > 0.95
    _, pasted = cutmix(images, shares, np.random.default_rng(0), alpha)
    assert 0.4 < (pasted.max(axis=1) == 1).mean() < 0.7  # a whole image about a corner is cut off to a part


@pytest.mark.parametrize("mix", [mixup, cutmix])
def test_the_batch_that_is_given_stays(mix: object) -> None:
    images, labels = batch()
    shares, before = shares_of(labels, CLASSES), images.copy()
    mix(images, shares, np.random.default_rng(0), 1.0)  # type: ignore[operator]
    assert np.array_equal(images, before) and np.array_equal(shares, shares_of(labels, CLASSES))
