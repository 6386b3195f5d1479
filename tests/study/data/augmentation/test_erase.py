"""Cutout and Random Erasing: where, how much, with what."""

import numpy as np
import pytest

from study.data.augmentation import erase
from study.data.augmentation.erase import GREY, cutout, random_erasing, rectangles
from study.errors import StudyError

COUNT = 400


def plain(count: int = COUNT, height: int = 12, width: int = 9) -> np.ndarray:
    """Images of one value that nothing else has."""
    return np.full((count, height, width, 3), 7, np.uint8)


def erased(images: np.ndarray) -> np.ndarray:
    """True where all three values were replaced."""
    return (images != 7).all(axis=3)


@pytest.mark.parametrize("side", [1, 4, 5, 9])
def test_a_square_of_the_side_is_grey_but_for_what_lies_outside(side: int) -> None:
    images = plain()
    before = images.copy()
    found = cutout(images, np.random.default_rng(1), side)
    assert np.array_equal(images, before) and found.dtype == np.uint8
    rng = np.random.default_rng(1)
    for image, y, x in zip(found, rng.integers(0, 12, COUNT), rng.integers(0, 9, COUNT), strict=True):
        wanted = plain(1)[0]
        wanted[max(0, y - side // 2) : y - side // 2 + side, max(0, x - side // 2) : x - side // 2 + side] = GREY
        assert np.array_equal(image, wanted)
    sizes = erased(found).sum(axis=(1, 2))
    assert sizes.max() == side**2 and (side == 1 or sizes.min() < side**2)


def test_every_pixel_may_be_the_centre() -> None:
    found = erased(cutout(plain(4000), np.random.default_rng(0), 1))
    assert found.any(axis=0).all()


@pytest.mark.parametrize("side", [-1, 10])
def test_a_square_larger_than_the_image_is_refused(side: int) -> None:
    with pytest.raises(StudyError, match=r"training\.cutout is .*: it must be from 0 to 9 for these images"):
        cutout(plain(), np.random.default_rng(0), side)


def test_nothing_is_cut_out_with_a_side_of_0() -> None:
    assert np.array_equal(cutout(plain(), np.random.default_rng(0), 0), plain())


def bounds(mask: np.ndarray) -> tuple[int, int]:
    """Height and width of a mask that is one full rectangle."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.9  # noise may hit the old value
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def test_rectangles_have_the_papers_areas_and_aspects() -> None:
    found = (random_erasing(plain(2000, 32, 32), np.random.default_rng(0), 1.0) != 7).any(axis=3)
    sides = np.array([bounds(mask) for mask in found])
    areas, aspects = sides.prod(axis=1) / 1024, sides[:, 0] / sides[:, 1]
    # Sides are whole pixels, so both go a little beyond what is drawn.
    assert 0.013 < areas.min() < 0.03 and 0.37 < areas.max() < 0.43
    assert 0.25 < aspects.min() < 0.36 and 2.8 < aspects.max() < 4
    assert 0.18 < areas.mean() < 0.22


def test_an_erased_rectangle_is_noise() -> None:
    found = random_erasing(plain(2000, 32, 32), np.random.default_rng(0), 1.0)
    values = found[(found != 7).any(axis=3)]
    assert set(np.unique(values)) == set(range(256))
    assert abs(values.mean() - 127.5) < 1 and len(np.unique(values[:, 0] == values[:, 1])) == 2


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_so_many_images_are_erased(share: float) -> None:
    images = plain(2000, 32, 32)
    found = (random_erasing(images, np.random.default_rng(0), share) != 7).any(axis=(1, 2, 3)).mean()
    assert found == pytest.approx(share, abs=0.03 if 0 < share < 1 else 0) and (images == 7).all()


def test_rectangles_lie_everywhere() -> None:
    found = (random_erasing(plain(4000, 16, 16), np.random.default_rng(0), 1.0) != 7).any(axis=3).mean(axis=0)
    assert found.min() > 0.005  # the corners too, which few positions reach


def test_an_image_that_no_rectangle_fits_stays_whole() -> None:
    thin = np.full((50, 1, 40, 3), 7, np.uint8)
    assert np.array_equal(random_erasing(thin, np.random.default_rng(0), 1.0), thin)


def test_a_rectangle_that_does_not_fit_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one candidate an image, those of the longest rectangles would stay whole."""
    monkeypatch.setattr(erase, "CANDIDATES", 1)
    few = (random_erasing(plain(2000, 32, 32), np.random.default_rng(0), 1.0) != 7).any(axis=(1, 2, 3)).mean()
    monkeypatch.undo()
    many = (random_erasing(plain(2000, 32, 32), np.random.default_rng(0), 1.0) != 7).any(axis=(1, 2, 3)).mean()
    assert few < 0.98 and many == 1.0


def test_masks_are_cut_off_at_the_border() -> None:
    found = rectangles(np.array([-1, 2]), np.array([0, 3]), np.array([2, 9]), np.array([2, 9]), 4, 5)
    wanted = np.zeros((2, 4, 5), bool)
    wanted[0, :1, :2] = wanted[1, 2:, 3:] = True
    assert np.array_equal(found, wanted)


def test_an_empty_batch() -> None:
    for found in (cutout(plain(0), np.random.default_rng(0), 4), random_erasing(plain(0), np.random.default_rng(0), 1)):
        assert found.shape == (0, 12, 9, 3)
