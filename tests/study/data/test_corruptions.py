"""Corruptions: worse with severity, the same for an image wherever it stands, and refused where they make no sense."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.data.corruptions import CORRUPTIONS, SEVERITIES, SIDE, corrupt
from study.errors import StudyError

RANDOM = {"gaussian_noise", "shot_noise", "impulse_noise"}


def photos(count: int = 6, side: int = SIDE) -> Any:
    """Smooth colour gradients with some detail: like photographs, neighbours resemble each other."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    waves = [np.sin(2 * np.pi * (a * x + b * y) + c) for a, b, c in rng.uniform(0.5, 6, (count * 3, 3))]
    return (
        np.clip(128 + 60 * np.array(waves), 0, 255).astype(np.uint8).reshape(count, 3, side, side).transpose(0, 2, 3, 1)
    )


def psnr(before: Any, after: Any) -> float:
    return float(10 * np.log10(255**2 / np.mean((before.astype(float) - after) ** 2)))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_severity_distorts_more(name: str) -> None:
    images = photos()
    kept = images.copy()
    ratios = []
    for severity in SEVERITIES:
        found = corrupt(images, name, severity, range(len(images)))
        assert (found.shape, found.dtype) == (images.shape, np.uint8)
        ratios.append(psnr(images, found))
    assert ratios == sorted(ratios, reverse=True) and len(set(ratios)) == len(SEVERITIES)
    assert 10 < ratios[-1] < ratios[0] < 60
    assert np.array_equal(images, kept)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_an_image_is_the_same_alone_and_in_any_order(name: str) -> None:
    images = photos()
    together = corrupt(images, name, 3, [40, 41, 42, 43, 44, 45])
    assert np.array_equal(together, corrupt(images, name, 3, [40, 41, 42, 43, 44, 45]))
    assert np.array_equal(together[::-1], corrupt(images[::-1], name, 3, [45, 44, 43, 42, 41, 40]))
    assert np.array_equal(together[2:3], corrupt(images[2:3], name, 3, [42]))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_random_numbers_are_of_the_image_the_seed_and_nothing_else(name: str) -> None:
    same = np.repeat(photos(1), 2, axis=0)
    first, second = corrupt(same, name, 2, [0, 1])
    assert np.array_equal(first, second) == (name not in RANDOM)
    (other,) = corrupt(same[:1], name, 2, [0], seed=1)
    assert np.array_equal(first, other) == (name not in RANDOM)


def test_noise_has_the_size_of_its_level() -> None:
    grey = np.full((20, SIDE, SIDE, 3), 128, np.uint8)
    for severity, level in zip(SEVERITIES, CORRUPTIONS["gaussian_noise"].levels, strict=True):
        spread = corrupt(grey, "gaussian_noise", severity, range(20)).std() / 255
        assert spread == pytest.approx(level, rel=0.02)
    for severity, level in zip(SEVERITIES, CORRUPTIONS["shot_noise"].levels, strict=True):
        spread = corrupt(grey, "shot_noise", severity, range(20)).std() / 255
        assert spread == pytest.approx((128 / 255 / level) ** 0.5, rel=0.02)  # variance of a Poisson count: its mean
    for severity, level in zip(SEVERITIES, CORRUPTIONS["impulse_noise"].levels, strict=True):
        found = corrupt(grey, "impulse_noise", severity, range(20))
        assert set(np.unique(found)) == {0, 128, 255}
        assert (found != 128).mean() == pytest.approx(level, rel=0.1)


def test_brightness_raises_the_value_and_keeps_the_colour() -> None:
    image = np.array([[[[200, 100, 50], [0, 0, 0], [250, 10, 10]]]], np.uint8)
    step = CORRUPTIONS["brightness"].levels[2] * 255
    (found,) = corrupt(image, "brightness", 3, [0])[0]
    assert found[0].tolist() == [int(200 + step), int(100 * (200 + step) / 200), int(50 * (200 + step) / 200)]
    assert found[1].tolist() == [int(step)] * 3
    assert found[2].tolist() == [255, int(10 * 255 / 250), int(10 * 255 / 250)]  # no brighter than white


def test_contrast_shrinks_the_distance_from_the_mean_of_each_colour() -> None:
    images = photos()
    found = corrupt(images, "contrast", 4, range(len(images))).astype(float)
    before, after = (a - a.mean(axis=(1, 2), keepdims=True) for a in (images.astype(float), found))
    assert np.allclose(after, CORRUPTIONS["contrast"].levels[3] * before, atol=1.0)  # cut off to whole levels


def test_plain_images_stay_plain_without_noise() -> None:
    grey = np.full((1, SIDE, SIDE, 3), 77, np.uint8)
    for name in set(CORRUPTIONS) - RANDOM:
        found = corrupt(grey, name, 5, [0])
        assert len(np.unique(found)) == 1, name
        assert name == "brightness" or abs(int(found[0, 0, 0, 0]) - 77) <= 1


def test_the_blur_grows_with_the_image() -> None:
    """A picture of twice the side, blurred and halved, is the picture blurred."""
    large = photos(4, 2 * SIDE)
    small = large.reshape(4, SIDE, 2, SIDE, 2, 3).mean(axis=(2, 4))
    halved = corrupt(large, "gaussian_blur", 5, range(4)).reshape(4, SIDE, 2, SIDE, 2, 3).mean(axis=(2, 4))
    blurred = corrupt(small.astype(np.uint8), "gaussian_blur", 5, range(4))
    inside = np.s_[:, 4:-4, 4:-4]
    assert np.abs(halved - blurred)[inside].mean() < 0.25 * np.abs(small - blurred)[inside].mean()


@given(
    st.sampled_from(sorted(CORRUPTIONS)),
    st.sampled_from(SEVERITIES),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 2),
)
def test_any_size_and_the_ends_of_the_range(name: str, severity: int, height: int, width: int, fill: int) -> None:
    images = np.random.default_rng(height).integers(0, 256, (2, height, width, 3)).astype(np.uint8)
    if fill:
        images[:] = 255 * (fill - 1)
    found = corrupt(images, name, severity, [0, 1])
    assert (found.shape, found.dtype) == (images.shape, np.uint8)


def test_no_images_are_no_images() -> None:
    assert corrupt(np.zeros((0, 8, 8, 3), np.uint8), "contrast", 1, []).shape == (0, 8, 8, 3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "fog"}, "no corruption 'fog': choose from gaussian_noise"),
        ({"severity": 0}, "contrast has no severity 0"),
        ({"severity": 6}, "choose from 1 to 5"),
        ({"images": np.zeros((2, 8, 8, 3), np.float32)}, "not float32"),
        ({"images": np.zeros((2, 8, 8), np.uint8)}, r"not uint8 \[2, 8, 8\]"),
        ({"images": np.zeros((2, 8, 8, 1), np.uint8)}, r"not uint8 \[2, 8, 8, 1\]"),
        ({"images": np.zeros((2, 0, 8, 3), np.uint8)}, r"not uint8 \[2, 0, 8, 3\]"),
        ({"indices": [0]}, "2 images need as many whole numbers"),
        ({"indices": [0.0, 1.0]}, "not float64"),
    ],
)
def test_mistakes_are_one_line(changed: dict[str, Any], said: str) -> None:
    given = {"images": photos(2), "name": "contrast", "severity": 1, "indices": [0, 1]} | changed
    with pytest.raises(StudyError, match=said) as error:
        corrupt(**given)
    assert "\n" not in str(error.value)
