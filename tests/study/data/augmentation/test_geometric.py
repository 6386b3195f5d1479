"""Geometric operations against their definition, pixel by pixel, and against Pillow's rotation."""

import math

import numpy as np
import pytest
from PIL import Image

from study.data.augmentation import geometric
from study.data.augmentation.erase import GREY

AMOUNTS = np.array([-1.0, -0.7, -0.35, 0.0, 0.2, 0.5, 0.93, 1.0])
HEIGHT, WIDTH = 13, 10


def batch() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (len(AMOUNTS), HEIGHT, WIDTH, 3)).astype(np.uint8)


def source(name: str, row: float, column: float, amount: float) -> tuple[float, float]:
    """Where a pixel comes from, both counted from the centre."""
    angle = math.radians(30 * amount)
    return {
        "rotate": (
            row * math.cos(angle) + column * math.sin(angle),
            -row * math.sin(angle) + column * math.cos(angle),
        ),
        "shear_x": (row, column + 0.3 * amount * row),
        "shear_y": (row + 0.3 * amount * column, column),
        "translate_x": (row, column + round(10 / 32 * amount * WIDTH)),
        "translate_y": (row + round(10 / 32 * amount * HEIGHT), column),
    }[name]


@pytest.mark.parametrize("name", ["rotate", "shear_x", "shear_y", "translate_x", "translate_y"])
def test_every_pixel_is_the_nearest_one_of_where_it_was(name: str) -> None:
    images = batch()
    found = getattr(geometric, name)(images, AMOUNTS)
    assert found.dtype == np.uint8 and np.array_equal(images, batch())
    for image, out, amount in zip(images, found, AMOUNTS, strict=True):
        for row in range(HEIGHT):
            for column in range(WIDTH):
                y, x = source(name, row - (HEIGHT - 1) / 2, column - (WIDTH - 1) / 2, float(amount))
                y, x = math.floor(y + HEIGHT / 2), math.floor(x + WIDTH / 2)
                inside = 0 <= y < HEIGHT and 0 <= x < WIDTH
                assert np.array_equal(out[row, column], image[y, x] if inside else [GREY] * 3), (amount, row, column)
    assert np.array_equal(found[3], images[3])  # an amount of 0


@pytest.mark.parametrize("amount", [-1.0, -0.4, 0.3, 1.0])
def test_a_rotation_is_pillows(amount: float) -> None:
    image = np.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    wanted = np.asarray(Image.fromarray(image).rotate(30 * amount, fillcolor=(GREY, GREY, GREY)))
    (found,) = geometric.rotate(image[None], np.array([amount]))
    assert (found == wanted).all(axis=2).mean() > 0.99  # Pillow reckons in fixed point


def test_a_translation_is_three_tenths_of_the_side_at_most() -> None:
    ramp = np.broadcast_to(np.arange(32, dtype=np.uint8)[None, None, :, None], (2, 32, 32, 3))
    left, right = geometric.translate_x(ramp, np.array([1.0, -1.0]))[:, 0, :, 0]
    assert left.tolist() == [*range(10, 32), *[GREY] * 10]
    assert right.tolist() == [*[GREY] * 10, *range(22)]
