"""Erase a part of every image of a batch, so that a network cannot rest on one detail."""

import numpy as np

from study.arrays import Bools, Images, Ints
from study.errors import StudyError

GREY = 128
"""What stands where nothing is known: the middle of the range, zero for the network."""
AREA = (0.02, 0.4)
ASPECT = 0.3
CANDIDATES = 10
"""Rectangles that are drawn for an image; the first that fits is taken."""


def cutout(images: Images, rng: np.random.Generator, side: int) -> Images:
    """Grey out a square of `side` pixels in every image; parts of it that lie outside of the image are lost.

    DeVries & Taylor (2017), "Improved Regularization of Convolutional Neural Networks with Cutout", arXiv 1708.04552,
    section 3: the centre is any pixel, so that near the border a smaller rectangle is erased.

    Args:
        images: uint8 [N, H, W, 3].
        rng: decides the centres.
        side: at most the shorter side of the images.

    Raises:
        StudyError: the square is larger than the images.
    """
    count, height, width, _ = images.shape
    if not 0 <= side <= min(height, width):
        raise StudyError(f"training.cutout is {side}: it must be from 0 to {min(height, width)} for these images")
    tops = rng.integers(0, height, count) - side // 2
    lefts = rng.integers(0, width, count) - side // 2
    sides = np.full(count, side)
    inside = rectangles(tops, lefts, sides, sides, height, width)
    return np.where(inside[..., None], np.uint8(GREY), images)


def random_erasing(images: Images, rng: np.random.Generator, share: float) -> Images:
    """Fill a rectangle with random pixels, in each image with probability `share`.

    Zhong et al. (2020), "Random Erasing Data Augmentation", arXiv 1708.04896, algorithm 1: 2 to 40 % of the image,
    height to width 0.3 to 1 / 0.3, both uniform. As in the authors' program the position is uniform among those where
    the rectangle fits. An image stays as it is where none of ten rectangles fits: two in 10^13 of those of
    32x32 pixels.

    Args:
        images: uint8 [N, H, W, 3].
        rng: decides which images, where and with what.
        share: 0 to 1.
    """
    count, height, width, _ = images.shape
    erased = rng.random(count) < share
    areas = rng.uniform(*AREA, (count, CANDIDATES)) * height * width
    aspects = rng.uniform(ASPECT, 1 / ASPECT, (count, CANDIDATES))
    high = np.rint(np.sqrt(areas * aspects)).astype(np.int64)
    wide = np.rint(np.sqrt(areas / aspects)).astype(np.int64)
    fits = (high < height) & (wide < width)
    first = fits.argmax(axis=1)[:, None]
    high, wide = (np.take_along_axis(sides, first, axis=1)[:, 0] for sides in (high, wide))
    erased &= fits.any(axis=1)
    # Sides of images that are not erased may be too long; their place does not matter.
    tops = rng.integers(0, np.maximum(height - high, 0) + 1)
    lefts = rng.integers(0, np.maximum(width - wide, 0) + 1)
    inside = rectangles(tops, lefts, high, wide, height, width) & erased[:, None, None]
    noise = rng.integers(0, 256, images.shape, dtype=np.uint8)
    return np.where(inside[..., None], noise, images)


def rectangles(tops: Ints, lefts: Ints, high: Ints, wide: Ints, height: int, width: int) -> Bools:
    """Masks [N, height, width], True inside of the rectangles of [N] `high` x `wide` pixels at `tops`, `lefts`."""
    down, across = np.arange(height), np.arange(width)
    rows = (down >= tops[:, None]) & (down < (tops + high)[:, None])
    columns = (across >= lefts[:, None]) & (across < (lefts + wide)[:, None])
    return rows[:, :, None] & columns[:, None, :]
