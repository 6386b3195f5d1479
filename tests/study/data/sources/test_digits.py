"""The embedded digits: always the same, stratified, in the study's shape."""

from pathlib import Path

import numpy as np
import pytest

from study.data.sources import digits
from study.errors import StudyError

NOWHERE = Path("/nonexistent/cache")


def test_digits() -> None:
    data = digits.load(None, NOWHERE, 32)
    assert data.name == "digits"
    assert data.classes == tuple("0123456789")
    assert data.train.images.shape == (1438, 32, 32, 3)
    assert data.test.images.shape == (359, 32, 32, 3)
    assert (data.train.images.dtype, data.train.labels.dtype) == (np.uint8, np.int64)
    share = np.bincount(data.test.labels) / (np.bincount(data.test.labels) + np.bincount(data.train.labels))
    assert np.all(np.abs(share - 0.2) < 0.01)
    assert data.train.images.min() == 0
    assert data.train.images.max() == 255
    assert np.array_equal(data.train.images[..., 0], data.train.images[..., 2])
    assert data.notes
    assert not data.is_original_cifar10


def test_the_split_is_part_of_the_data_set() -> None:
    first, second = digits.load(None, NOWHERE, 32), digits.load(None, NOWHERE, 32)
    assert np.array_equal(first.test.images, second.test.images)
    assert np.array_equal(first.test.labels, digits.load(None, NOWHERE, 8).test.labels)


def test_native_size_keeps_the_grey_levels() -> None:
    levels = np.unique(digits.load(None, NOWHERE, 8).train.images)
    assert levels.tolist() == np.rint(np.arange(17) * 255 / 16).astype(int).tolist()


def test_a_path_makes_no_sense() -> None:
    with pytest.raises(StudyError, match=r"data.path is set"):
        digits.load(Path("x"), NOWHERE, 32)
