"""What a data set is, and how it is split: every choice stratified and a function of (seed, purpose)."""

import hashlib
from dataclasses import dataclass

import numpy as np

from study.arrays import Array, Images, Ints
from study.data.examples import Examples
from study.errors import StudyError

# In the order of the official archive's labels, which is also alphabetical.
CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Dataset:
    """What a source returns. Notes say what was done to the images, caveats how to read their figures.

    Raises:
        StudyError: shapes or types are wrong, a label is out of range, there are fewer than two classes, a
            class name stands twice, or a class has no image in one of the splits.
    """

    name: str
    classes: tuple[str, ...]
    train: Examples
    test: Examples
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    is_original_cifar10: bool = False

    def __post_init__(self) -> None:
        if len(self.classes) < 2:
            raise StudyError(f"{self.name}: fewer than two classes ({', '.join(self.classes) or 'none'}): add another")
        if len(set(self.classes)) < len(self.classes):
            raise StudyError(f"{self.name}: a class name stands twice in {', '.join(self.classes)}: rename one")
        for split_name, split in (("train", self.train), ("test", self.test)):
            _check(split, self.classes, f"{self.name}, {split_name}")
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise StudyError(f"{self.name}: training and test images differ in size")

    @property
    def is_cifar10_classes(self) -> bool:
        """Whether the classes have the names of CIFAR-10's."""
        return set(self.classes) == set(CIFAR10_CLASSES)


@dataclass(frozen=True)
class Splits:
    """The four splits of a study. Calibration images stand in train too, never in validation or test."""

    classes: tuple[str, ...]
    train: Examples
    validation: Examples
    test: Examples
    calibration: Examples
    notes: tuple[str, ...] = ()

    def parts(self) -> dict[str, Examples]:
        """Return the four splits by name."""
        return {name: getattr(self, name) for name in ("train", "validation", "test", "calibration")}


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the random generator of (seed, purpose), independent of every other and of the call order."""
    text = "/".join(map(str, (seed, *purpose)))
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()))


def stratified(labels: Ints, count: int, rng: np.random.Generator) -> Array:
    """Choose `count` indices so that each class keeps its share, and at least one image if that fits.

    Returns sorted indices int64. With the same `rng` state a smaller count chooses a subset of a larger
    one's, as far as the shares allow.
    """
    present, counts = np.unique(labels, return_counts=True)
    count = min(count, len(labels))
    quota, remainder = np.divmod(counts * count, max(1, len(labels)))
    quota[np.argsort(-remainder, kind="stable")[: count - quota.sum()]] += 1
    if count >= len(present):
        for _ in range(np.count_nonzero(quota == 0)):
            quota[quota.argmax()] -= 1
            quota[quota.argmin()] += 1
    chosen = [rng.permutation(np.flatnonzero(labels == c))[:q] for c, q in zip(present, quota, strict=True)]
    return np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, np.int64)


def split(
    dataset: Dataset,
    validation_fraction: float,
    calibration_images: int,
    train_limit: int | None,
    test_limit: int | None,
    seed: int,
) -> Splits:
    """Limit both splits, hold validation out of training, and choose calibration images from the rest.

    Everything is stratified and derives from (seed, purpose). `validation_fraction` is of the limited
    training split. Training images that also stand in the test split (all of it, whatever `test_limit`) are
    never chosen for calibration; they stay in training and are counted in the notes.

    Raises:
        StudyError: a limit leaves a class without images, or there are too few images for what is asked.
    """
    classes = len(dataset.classes)
    pool = _limited(dataset.train, train_limit, classes, "train_limit", seed)
    test = _limited(dataset.test, test_limit, classes, "test_limit", seed)

    held_out = round(len(pool) * validation_fraction)
    kept = len(pool) - held_out
    if held_out < 1 or kept < classes:
        raise StudyError(
            f"data.validation_fraction {validation_fraction} of {len(pool)} training images leaves {kept} "
            f"for training and {held_out} for validation: change it, or give more images"
        )
    kept_indices = stratified(pool.labels, kept, generator(seed, "validation"))
    train = pool.take(kept_indices)
    validation = pool.take(np.setdiff1d(np.arange(len(pool)), kept_indices))

    hashes = _hashes(train.images)
    test_hashes = set(_hashes(dataset.test.images))
    clean = np.array([i for i, h in enumerate(hashes) if h not in test_hashes], np.int64)
    if not 0 < calibration_images <= len(clean):
        raise StudyError(
            f"data.calibration_images is {calibration_images}: it must be from 1 to {len(clean)}, the number "
            "of training images that do not also stand in the test split"
        )
    chosen = stratified(train.labels[clean], calibration_images, generator(seed, "calibration"))
    calibration = train.take(clean[chosen])
    check_no_leak(calibration, dataset.test)

    both = len(train) - len(clean)
    note = (
        f"{both} of {len(train)} training images also stand{'s' if both == 1 else ''} in the test split "
        "(identical pixels): passed over for calibration, kept in training"
    )
    return Splits(dataset.classes, train, validation, test, calibration, (note,) if both else ())


def check_no_leak(calibration: Examples, test: Examples) -> None:
    """Compare images by content.

    Raises:
        StudyError: a calibration image stands in the test split.
    """
    leaked = len(set(_hashes(calibration.images)) & set(_hashes(test.images)))
    if leaked:
        raise StudyError(f"{leaked} calibration image(s) also stand in the test split: choose them from training only")


def fingerprint(splits: Splits) -> str:
    """Return the SHA-256 (hex) over class names, split names, image shapes and bytes, and labels."""
    digest = hashlib.sha256("\0".join(splits.classes).encode())
    for name, part in splits.parts().items():
        digest.update(f"\0{name} {part.images.shape}\0".encode())
        digest.update(np.ascontiguousarray(part.images).data)
        digest.update(np.ascontiguousarray(part.labels, "<i8").data)
    return digest.hexdigest()


def _check(split: Examples, classes: tuple[str, ...], where: str) -> None:
    shape = split.images.shape
    if split.images.dtype != np.uint8 or len(shape) != 4 or shape[3] != 3 or split.labels.shape != shape[:1]:
        raise StudyError(f"{where}: images must be uint8 [N, H, W, 3], with N labels; got {split.images.dtype} {shape}")
    if not np.issubdtype(split.labels.dtype, np.integer):
        raise StudyError(f"{where}: labels must be integers, got {split.labels.dtype}")
    if len(split) and not 0 <= split.labels.min() <= split.labels.max() < len(classes):
        found = split.labels[(split.labels < 0) | (split.labels >= len(classes))][0]
        raise StudyError(f"{where}: label {found} is out of range for {len(classes)} classes: the data is damaged")
    for name, count in zip(classes, np.bincount(split.labels, minlength=len(classes)), strict=True):
        if not count:
            raise StudyError(f"{where}: class '{name}' is empty: add images, or remove the class from both splits")


def _limited(split: Examples, limit: int | None, classes: int, key: str, seed: int) -> Examples:
    if limit is None or limit >= len(split):
        return split
    if limit < classes:
        raise StudyError(f"data.{key} is {limit}: it must be at least {classes}, one image a class")
    return split.take(stratified(split.labels, limit, generator(seed, key)))


def _hashes(images: Images) -> list[bytes]:
    return [hashlib.sha256(image).digest() for image in np.ascontiguousarray(images)]
