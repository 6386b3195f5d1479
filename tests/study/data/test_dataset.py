"""Splits are stratified, disjoint, repeatable and free of leaks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.data.dataset import Dataset, Splits, check_no_leak, fingerprint, generator, split, stratified
from study.data.examples import Examples
from study.errors import StudyError


def images(count: int, seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)


def dataset(train: int = 100, test: int = 40, classes: int = 4) -> Dataset:
    return Dataset(
        "toy",
        tuple("abcdefgh"[:classes]),
        Examples(images(train, 1), np.arange(train) % classes),
        Examples(images(test, 2), np.arange(test) % classes),
    )


def make(data: Dataset | None = None, **changes: Any) -> Splits:
    arguments: dict[str, Any] = {"validation_fraction": 0.2, "calibration_images": 8}
    arguments |= {"train_limit": None, "test_limit": None, "seed": 0}
    return split(dataset() if data is None else data, **(arguments | changes))


def rows(part: Examples) -> set[bytes]:
    return {image.tobytes() for image in part.images}


def test_splits_are_stratified_and_disjoint() -> None:
    splits = make()
    counts = {name: np.bincount(part.labels).tolist() for name, part in splits.parts().items()}
    assert counts == {"train": [20] * 4, "validation": [5] * 4, "test": [10] * 4, "calibration": [2] * 4}
    assert not rows(splits.train) & rows(splits.validation)
    assert rows(splits.train) | rows(splits.validation) == rows(dataset().train)
    assert rows(splits.calibration) < rows(splits.train)
    assert splits.notes == ()


def test_labels_stay_with_their_images() -> None:
    data = dataset()
    known = {image.tobytes(): label for image, label in zip(data.train.images, data.train.labels, strict=True)}
    for name in ("train", "validation", "calibration"):
        part = make(data, train_limit=61).parts()[name]
        assert [known[image.tobytes()] for image in part.images] == part.labels.tolist()


def test_limits_are_stratified_and_bound_train_and_validation_together() -> None:
    splits = make(train_limit=40, test_limit=8)
    assert np.bincount(np.concatenate([splits.train.labels, splits.validation.labels])).tolist() == [10] * 4
    assert np.bincount(splits.test.labels).tolist() == [2] * 4
    assert len(make(train_limit=10_000, test_limit=10_000).test) == 40


def test_same_seed_same_bytes_and_other_seed_other_choice() -> None:
    assert fingerprint(make()) == fingerprint(make())
    assert fingerprint(make()) != fingerprint(make(seed=1))
    assert rows(make().test) == rows(make(seed=1).test)


def test_a_choice_does_not_move_with_another() -> None:
    """Each purpose has its own generator: fewer test images must not change the training set."""
    assert np.array_equal(make(test_limit=8).train.images, make().train.images)
    assert np.array_equal(make(calibration_images=4).validation.images, make().validation.images)


def test_calibration_passes_over_images_that_stand_in_test() -> None:
    data = dataset(train=40)
    leaky = replace(
        data,
        test=Examples(
            np.concatenate([data.test.images, data.train.images[:24]]),
            np.concatenate([data.test.labels, data.train.labels[:24]]),
        ),
    )
    splits = make(leaky, validation_fraction=0.1, calibration_images=12)
    assert not rows(splits.calibration) & rows(leaky.test)
    both = sum(image.tobytes() in rows(leaky.test) for image in splits.train.images)
    assert both and splits.notes[0].startswith(f"{both} of 36 training images also stand in the test split")


def test_calibration_avoids_test_images_that_a_limit_dropped() -> None:
    data = dataset(train=40)
    leaky = replace(data, test=Examples(data.train.images[:32], data.train.labels[:32]))
    splits = make(leaky, test_limit=4, calibration_images=2)
    assert not rows(splits.calibration) & rows(leaky.test)


def test_leak_check_compares_content() -> None:
    data = dataset()
    check_no_leak(data.train, data.test)
    with pytest.raises(StudyError, match=r"2 calibration image\(s\) also stand in the test split"):
        check_no_leak(data.train.take(np.arange(5)), Examples(data.train.images[3:9].copy(), np.zeros(6, np.int64)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_limit": 3}, "data.train_limit is 3: it must be at least 4"),
        ({"test_limit": 1}, "data.test_limit is 1: it must be at least 4"),
        (
            {"validation_fraction": 0.001},
            "data.validation_fraction 0.001 of 100 training images leaves 100 for",
        ),
        ({"validation_fraction": 0.98}, "leaves 2 for training"),
        ({"calibration_images": 81}, "data.calibration_images is 81: it must be from 1 to 80"),
        ({"calibration_images": 0}, "data.calibration_images is 0"),
    ],
)
def test_impossible_wishes_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        make(**changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": ("a",)}, r"fewer than two classes \(a\)"),
        ({"classes": ()}, r"fewer than two classes \(none\)"),
        ({"classes": ("a", "b", "a", "d")}, "a class name stands twice"),
        ({"train": Examples(images(8, 0), np.arange(8))}, "train: label 4 is out of range for 4 classes"),
        ({"test": Examples(images(5, 0), np.arange(5) - 1)}, "test: label -1 is out of range"),
        ({"test": Examples(images(3, 0), np.arange(3))}, "test: class 'd' is empty"),
        ({"train": Examples(images(0, 0), np.arange(0))}, "train: class 'a' is empty"),
        ({"train": Examples(images(8, 0), np.arange(7) % 4)}, "with N labels"),
        ({"train": Examples(images(8, 0) / 255, np.arange(8) % 4)}, "images must be uint8"),
        ({"train": Examples(images(8, 0)[..., :1], np.arange(8) % 4)}, "images must be uint8"),
        ({"train": Examples(images(8, 0), (np.arange(8) % 4).astype(np.float64))}, "labels must be integers"),
        ({"train": Examples(images(8, 0)[:, :3], np.arange(8) % 4)}, "differ in size"),
    ],
)
def test_a_damaged_dataset_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        replace(dataset(), **change)


def test_fingerprint_sees_every_part() -> None:
    splits = make()
    pixel = splits.test.images.copy()
    pixel[0, 0, 0, 0] ^= 1
    label = splits.train.labels.copy()
    label[0] = (label[0] + 1) % 4
    changed = [
        replace(splits, classes=("a", "b", "c", "e")),
        replace(splits, classes=("a", "b", "cd", "")),
        replace(splits, test=Examples(pixel, splits.test.labels)),
        replace(splits, train=Examples(splits.train.images, label)),
        replace(splits, train=splits.validation, validation=splits.train),
    ]
    prints = [fingerprint(s) for s in (splits, *changed)]
    assert len(set(prints)) == len(prints)
    assert len(prints[0]) == 64


def test_fingerprint_ignores_memory_layout_and_notes() -> None:
    splits = make()
    other = Examples(np.asfortranarray(splits.test.images), splits.test.labels.astype(">i8"))
    assert fingerprint(replace(splits, test=other, notes=("x",))) == fingerprint(splits)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(0, 80), st.integers(0, 5))
def test_stratified_keeps_shares(labels: list[int], count: int, seed: int) -> None:
    array = np.array(labels)
    chosen = stratified(array, count, generator(seed, "test"))
    assert len(chosen) == min(count, len(array)) == len(set(chosen))
    assert chosen.tolist() == sorted(chosen)
    present, total = np.unique(array, return_counts=True)
    kept = np.array([(array[chosen] == c).sum() for c in present])
    if count >= len(present):
        assert kept.min() >= 1
    # Largest remainder is within one of the exact share; a class that was lifted to one image costs another.
    assert np.all(kept - total * len(chosen) / len(array) < 1.0 + 1e-9)


def test_stratified_without_labels_chooses_nothing() -> None:
    assert stratified(np.zeros(0, np.int64), 5, generator(0)).tolist() == []


def test_generators_of_different_purposes_differ() -> None:
    draws = [generator(*key).integers(1 << 62) for key in ((0, "a"), (0, "b"), (1, "a"), (0, "a", 1), (0, "a", 2))]
    assert len(set(draws)) == len(draws)
    assert generator(0, "a").integers(1 << 62) == draws[0]


def test_cifar10_is_recognised_by_its_names() -> None:
    names = ("truck", "ship", "horse", "frog", "dog", "deer", "cat", "bird", "automobile", "airplane")
    ten = Examples(images(10, 0), np.arange(10))
    assert Dataset("x", names, ten, ten).is_cifar10_classes
    assert not Dataset("x", ("lorry", *names[1:]), ten, ten).is_cifar10_classes
