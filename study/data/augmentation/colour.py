"""The colour operations of RandAugment, on batches, with the arithmetic of Pillow's ImageEnhance and ImageOps.

Ranges are those of AutoAugment (Cubuk et al. 2019, arXiv 1805.09501, table 6) at an amount of 1 or -1: a factor of 1.9
or 0.1, a threshold of 0, four bits left. Each operation takes images uint8 [N, H, W, 3] and amounts [N] from -1 to 1,
and gives new images.
"""

import numpy as np

from study.arrays import Array, Floats, Images, Ints

STRENGTH = 0.9
BITS = 4
VALUES = np.arange(256)


def brightness(images: Images, amounts: Floats) -> Images:
    """Towards black below 0, away from it above."""
    return _blended(np.zeros(1), images, amounts)


def contrast(images: Images, amounts: Floats) -> Images:
    """Towards the image's mean grey below 0, away from it above."""
    means = np.floor(_grey(images).mean(axis=(1, 2)) + 0.5)
    return _blended(means[:, None, None, None], images, amounts)


def colour(images: Images, amounts: Floats) -> Images:
    """Towards the grey image below 0, away from it above."""
    return _blended(_grey(images)[..., None], images, amounts)


def sharpness(images: Images, amounts: Floats) -> Images:
    """Towards the smoothed image below 0, away from it above; the border stays."""
    height, width = images.shape[1:3]
    wide = images.astype(np.int32)
    across = wide[:, :, :-2] + wide[:, :, 1:-1] + wide[:, :, 2:]
    total = across[:, :-2] + across[:, 1:-1] + across[:, 2:] + 4 * wide[:, 1:-1, 1:-1]
    smooth = images.copy()
    if height > 2 and width > 2:
        smooth[:, 1:-1, 1:-1] = (2 * total + 13) // 26  # the nearest whole of a thirteenth
    return _blended(smooth, images, amounts)


def solarize(images: Images, amounts: Floats) -> Images:
    """Invert what is at or above a threshold, which falls from 256 to 0 as the amount grows."""
    thresholds = np.rint(256 * (1 - np.abs(amounts))).astype(np.uint16)[:, None, None, None]
    return np.where(images < thresholds, images, ~images)


def posterize(images: Images, amounts: Floats) -> Images:
    """Keep the highest bits alone: eight, and up to four fewer as the amount grows."""
    cut = np.rint(BITS * np.abs(amounts)).astype(np.uint8)
    return images & (np.uint8(255) >> cut << cut)[:, None, None, None]


def autocontrast(images: Images, amounts: Floats) -> Images:
    """Stretch each channel to the whole range; the amount does not matter."""
    channels = _channels(images)
    low, high = channels.min(axis=2).astype(np.int64)[..., None], channels.max(axis=2).astype(np.int64)[..., None]
    scale = 255.0 / np.maximum(high - low, 1)
    stretched = np.clip(np.trunc(VALUES * scale - low * scale), 0, 255)
    return _looked_up(images, channels, np.where(high > low, stretched, VALUES))


def equalize(images: Images, amounts: Floats) -> Images:
    """Give each channel an even histogram; the amount does not matter."""
    channels = _channels(images)
    count, colours, pixels = channels.shape
    counts = np.bincount(_places(channels).ravel(), minlength=count * colours * 256).reshape(count, colours, 256)
    highest = channels.max(axis=2).astype(np.int64)[..., None]
    step = (pixels - np.take_along_axis(counts, highest, axis=2)) // 255
    below = np.cumsum(counts, axis=2) - counts
    even = np.minimum((step // 2 + below) // np.maximum(step, 1), 255)
    return _looked_up(images, channels, np.where(step > 0, even, VALUES))


def _blended(base: Array, images: Images, amounts: Floats) -> Images:
    """`base` + factor * (images - base), cut off to 0..255 and to whole numbers."""
    start = base.astype(np.float32)
    moved: Array = images - start
    moved *= (1.0 + STRENGTH * amounts).astype(np.float32)[:, None, None, None]
    moved += start
    return np.clip(moved, 0, 255, out=moved).astype(np.uint8)


def _grey(images: Images) -> Array:
    """Luma int32 [N, H, W] of ITU-R BT.601, rounded as Pillow does."""
    red, green, blue = (images[..., channel].astype(np.int32) for channel in range(3))
    return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16


def _channels(images: Images) -> Images:
    """The values of each channel side by side, [N, 3, H * W]: what is counted along them is then fast."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), images.shape[3], -1)


def _places(channels: Images) -> Ints:
    """Where each value stands in tables [N, 3, 256]."""
    tables = np.arange(channels.shape[0] * channels.shape[1]).reshape(channels.shape[:2])
    return 256 * tables[..., None] + channels


def _looked_up(images: Images, channels: Images, tables: Array) -> Images:
    """The images with new values for those of their channels, by tables [N, 3, 256]."""
    count, height, width, colours = images.shape
    found = np.take(tables.astype(np.uint8).reshape(-1), _places(channels))
    return np.ascontiguousarray(found.reshape(count, colours, height, width).transpose(0, 2, 3, 1))
