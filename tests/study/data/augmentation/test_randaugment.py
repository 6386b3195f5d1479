"""RandAugment: which operations, how many, how strong."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from study.data.augmentation import randaugment as module
from study.data.augmentation.randaugment import COLOUR, GEOMETRIC, OPERATIONS, randaugment


def batch(count: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 12, 12, 3)).astype(np.uint8)


def test_the_operations_are_the_papers_fourteen() -> None:
    assert set(OPERATIONS["all"]) == {
        *"identity autocontrast equalize rotate solarize colour posterize contrast brightness sharpness".split(),
        *"shear_x shear_y translate_x translate_y".split(),
    }
    assert set(OPERATIONS["geometric"]) == {"identity", *GEOMETRIC} and set(OPERATIONS["colour"]) == {
        "identity",
        *COLOUR,
    }


@pytest.mark.parametrize("kinds", ["all", "geometric", "colour"])
@pytest.mark.parametrize("number, magnitude", [(1, 10.0), (2, 3.0), (3, 0.0)])
def test_a_batch_is_what_its_images_are_one_by_one(number: int, magnitude: float, kinds: Any) -> None:
    images = batch()
    found = randaugment(images, np.random.default_rng(1), number, magnitude, kinds)
    rng, wanted = np.random.default_rng(1), images.copy()
    for _ in range(number):
        drawn = rng.integers(0, len(OPERATIONS[kinds]), len(images))
        signs = np.where(rng.random(len(images)) < 0.5, -1, 1)
        for i, (place, sign) in enumerate(zip(drawn, signs, strict=True)):
            operation = list(OPERATIONS[kinds].values())[place]
            wanted[i : i + 1] = operation(wanted[i : i + 1], np.array([sign * magnitude / 10]))
    assert np.array_equal(found, wanted) and np.array_equal(images, batch())
    assert found.dtype == np.uint8


def test_every_operation_is_as_likely_and_of_the_strength_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()
    amounts: list[float] = []

    def watched(name: str) -> Any:
        def operation(images: np.ndarray, given: np.ndarray) -> np.ndarray:
            seen[name] += len(images)
            amounts.extend(given)
            return images

        return operation

    operations = {"all": {name: watched(name) for name in OPERATIONS["all"]}}
    monkeypatch.setattr(module, "OPERATIONS", operations)
    randaugment(batch(2800), np.random.default_rng(0), 2, 4.0)
    assert sum(seen.values()) == 5600 and len(seen) == 14
    assert all(320 < count < 480 for count in seen.values()), seen  # 400 expected, 19 the standard deviation
    assert {abs(amount) for amount in amounts} == {0.4} and 0.47 < np.mean(np.array(amounts) > 0) < 0.53


def test_no_operation_changes_nothing() -> None:
    assert np.array_equal(randaugment(batch(), np.random.default_rng(0), 0, 10.0), batch())
    assert randaugment(batch(0), np.random.default_rng(0), 2, 10.0).shape == (0, 12, 12, 3)
