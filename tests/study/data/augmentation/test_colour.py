"""Colour operations against Pillow's, image by image."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from study.data.augmentation import colour

AMOUNTS = np.array([-1.0, -0.9, -0.5, -0.3, -0.1, 0.0, 0.1, 0.3, 0.5, 0.9, 1.0, 0.05])


def batch(height: int = 17, width: int = 14) -> np.ndarray:
    """Noise, a gradient, flat and nearly flat images, dark and light ones."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (12, height, width, 3))
    images[1] = (np.arange(height * width * 3).reshape(height, width, 3) // 3) % 256
    images[2], images[3], images[4] = 255, 0, 77
    images[5] = 77
    images[5, 0, 0] = 78
    images[6] = images[6] // 4
    images[7] = 200 + images[7] // 8
    images[8, :, :, 0] = 9
    return images.astype(np.uint8)


def factor(amount: float) -> float:
    return float(np.float32(1 + 0.9 * amount))


PILLOW: dict[str, Callable[[Image.Image, float], Image.Image]] = {
    "brightness": lambda image, amount: ImageEnhance.Brightness(image).enhance(factor(amount)),
    "contrast": lambda image, amount: ImageEnhance.Contrast(image).enhance(factor(amount)),
    "colour": lambda image, amount: ImageEnhance.Color(image).enhance(factor(amount)),
    "sharpness": lambda image, amount: ImageEnhance.Sharpness(image).enhance(factor(amount)),
    "solarize": lambda image, amount: ImageOps.solarize(image, round(256 * (1 - abs(amount)))),
    "posterize": lambda image, amount: ImageOps.posterize(image, 8 - round(4 * abs(amount))),
    "autocontrast": lambda image, amount: ImageOps.autocontrast(image),
    "equalize": lambda image, amount: ImageOps.equalize(image),
}


@pytest.mark.parametrize("size", [(17, 14), (32, 32), (3, 3), (2, 5), (1, 1)])
@pytest.mark.parametrize("name", sorted(PILLOW))
def test_an_operation_is_pillows(name: str, size: tuple[int, int]) -> None:
    images = batch(*size)
    before = images.copy()
    found = getattr(colour, name)(images, AMOUNTS)
    assert found.dtype == np.uint8 and np.array_equal(images, before)
    for image, out, amount in zip(images, found, AMOUNTS, strict=True):
        np.testing.assert_array_equal(out, PILLOW[name](Image.fromarray(image), amount), f"{name} {amount}")


@pytest.mark.parametrize("name", ["brightness", "contrast", "colour", "sharpness", "solarize", "posterize"])
def test_an_amount_of_0_changes_nothing(name: str) -> None:
    assert np.array_equal(getattr(colour, name)(batch(), np.zeros(12)), batch())


def test_the_strongest_solarization_inverts_and_posterization_leaves_four_bits() -> None:
    assert np.array_equal(colour.solarize(batch(), np.ones(12)), 255 - batch())
    assert np.array_equal(colour.posterize(batch(), -np.ones(12)), batch() & 0xF0)
