"""The geometric operations of RandAugment, on batches: every pixel is read from where it was, the nearest one.

Ranges at an amount of 1 are those of AutoAugment (Cubuk et al. 2019, arXiv 1805.09501, table 6), 30 degrees and a shear
of 0.3, and for translation the 10 of 32 pixels of its program for CIFAR-10. Shears are about the centre; the authors'
program takes a corner and so moves the image too. What comes from outside is grey. Each operation takes images uint8
[N, H, W, 3] and amounts [N] from -1 to 1, and gives new images.
"""

import numpy as np

from study.arrays import Floats, Images
from study.data.augmentation.erase import GREY

DEGREES = 30.0
SHEAR = 0.3
TRANSLATION = 10 / 32


def rotate(images: Images, amounts: Floats) -> Images:
    """Turn about the centre, counter-clockwise for amounts above 0."""
    angles = np.deg2rad(DEGREES * amounts)
    cos, sin = np.cos(angles), np.sin(angles)
    return moved(images, down=(cos, sin, 0.0), across=(-sin, cos, 0.0))


def shear_x(images: Images, amounts: Floats) -> Images:
    """Slide rows along themselves, the further from the centre the more."""
    return moved(images, down=(1.0, 0.0, 0.0), across=(SHEAR * amounts, 1.0, 0.0))


def shear_y(images: Images, amounts: Floats) -> Images:
    """Slide columns along themselves, the further from the centre the more."""
    return moved(images, down=(1.0, SHEAR * amounts, 0.0), across=(0.0, 1.0, 0.0))


def translate_x(images: Images, amounts: Floats) -> Images:
    """Move to the left for amounts above 0, by whole pixels."""
    return moved(images, down=(1.0, 0.0, 0.0), across=(0.0, 1.0, np.rint(TRANSLATION * amounts * images.shape[2])))


def translate_y(images: Images, amounts: Floats) -> Images:
    """Move up for amounts above 0, by whole pixels."""
    return moved(images, down=(1.0, 0.0, np.rint(TRANSLATION * amounts * images.shape[1])), across=(0.0, 1.0, 0.0))


Coefficients = tuple[float | Floats, float | Floats, float | Floats]
"""Of the row, of the column, and what is added: numbers, or one an image [N]."""


def moved(images: Images, down: Coefficients, across: Coefficients) -> Images:
    """Read the pixel at (row, column) from `down`, `across`: linear in both, counted from the centre of the image."""
    count, height, width, channels = images.shape
    rows = _read_at(down, height, width, height, count)
    columns = _read_at(across, height, width, width, count)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    places = (np.arange(count)[:, None, None] * height + rows) * width + columns
    places[~inside] = 0
    read: Images = np.take(images.reshape(-1, channels), places, axis=0)
    read[~inside] = GREY
    return read


def _read_at(coefficients: Coefficients, height: int, width: int, side: int, count: int) -> np.ndarray:
    """Rows or columns to read from [count, height, width]; they may lie outside of 0..side - 1."""
    of_row, of_column, added = (np.broadcast_to(one, count)[:, None, None] for one in coefficients)
    rows = (np.arange(height) - (height - 1) / 2)[:, None]
    columns = np.arange(width) - (width - 1) / 2
    places = of_row * rows + (of_column * columns + (added + side / 2))
    return np.floor(places, out=places).astype(np.int64)
