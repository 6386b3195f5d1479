"""One's own images: a folder or zip with `train/<class>/*` and `test/<class>/*`, or with the classes alone."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from study.arrays import Ints
from study.data.dataset import CIFAR10_CLASSES, Dataset, generator
from study.data.examples import Examples
from study.data.sources.images import BACKGROUND, read_all
from study.data.sources.layout import NEEDED, Classes, Layout, check_filled, check_same, layout
from study.data.sources.tree import Tree, open_tree
from study.errors import StudyError

TEST_SHARE = 0.2
SPLIT_SEED = 0  # Fixed: which images are test images is part of the data set, not of a study's choices.


@dataclass(frozen=True)
class Labelled:
    """Images to evaluate a file on, with what `Dataset` says of its own."""

    name: str
    classes: tuple[str, ...]
    examples: Examples
    notes: tuple[str, ...]
    caveats: tuple[str, ...]


@dataclass(frozen=True)
class _Chosen:
    """Which files are for what."""

    train: Classes
    test: Classes
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


def load(path: Path | None, cache: Path, image_size: int = 32) -> Dataset:
    """Read all images, resized to `image_size`; classes and images are sorted by name.

    How folders are read: `study.data.sources.layout`. Without a test split `validation` takes its place, without
    either a fifth of each class. A zip is read in place, never extracted.

    Raises:
        StudyError: no path, or it is not such a folder or zip; fewer than two classes; a class is empty or stands in
            one split only; images are unreadable. The message names them.
    """
    if path is None:
        raise StudyError(f"data.path is null: give the folder or zip with {NEEDED}")
    with open_tree(path) as tree:
        found = layout(tree.names, str(path))
        chosen = _for_training(found, str(path))
        classes = tuple(chosen.train)
        parts = (chosen.train, chosen.test)
        images, counts = read_all([name for part in parts for c in classes for name in part[c]], tree.read, image_size)
    labels = [_labels(part) for part in parts]
    border = len(labels[0])
    return Dataset(
        name=_name(path, classes),
        classes=classes,
        train=Examples(images[:border], labels[0]),
        test=Examples(images[border:], labels[1]),
        notes=(*found.notes, *chosen.notes, *_notes(counts, _ignored(tree, found), image_size)),
        caveats=(*_caveats(counts, classes), *chosen.caveats),
    )


def load_test(path: Path, image_size: int, check: Callable[[tuple[str, ...]], None]) -> Labelled:
    """Read the images that a file is evaluated on, and no others.

    The test split, else `validation`, else the part of `train` that `load` would have held out of training; all
    images where there are classes alone. `check` is given the classes before an image is decoded, and may refuse.

    Raises:
        StudyError: as `load`, of these images; or what `check` raises.
    """
    with open_tree(path) as tree:
        found = layout(tree.names, str(path))
        chosen = _for_evaluation(found, str(path))
        classes = tuple(chosen.test)
        check(classes)
        images, counts = read_all([name for c in classes for name in chosen.test[c]], tree.read, image_size)
    return Labelled(
        _name(path, classes),
        classes,
        Examples(images, _labels(chosen.test)),
        (*found.notes, *chosen.notes, *_notes(counts, _ignored(tree, found), image_size)),
        (*_caveats(counts, classes), *chosen.caveats),
    )


def count_train(path: Path) -> int:
    """How many training images `load` finds at most, without reading one.

    Raises:
        StudyError: as `load`, but for unreadable images.
    """
    with open_tree(path) as tree:
        return _count(_for_training(layout(tree.names, str(path)), str(path)).train)


def _for_training(found: Layout, where: str) -> _Chosen:
    if found.train is None:
        raise StudyError(
            f"{where} has no train/<class>/ folders{_lacking(found)}: training needs train/<class>/*; images to "
            "evaluate a file on alone: python -m pipelines.evaluate"
        )
    if found.test is not None:
        check_same(found.train, found.test, "test", where)
        return _Chosen(found.train, found.test, _left_out(found.validation, "validation"))
    if found.validation is not None:
        check_same(found.train, found.validation, "validation", where)
        return _Chosen(found.train, found.validation, (f"validation images are the test images{_lacking(found)}",))
    check_filled(found.train, "" if found.flat else "train/", where)
    return _split_off(found, found.train, where)


def _for_evaluation(found: Layout, where: str) -> _Chosen:
    if found.flat and found.train is not None:
        check_filled(found.train, "", where)
        return _Chosen({}, found.train, (f"there is no test/ folder: all {_images(_count(found.train))} evaluated",))
    for split, classes in (("test", found.test), ("validation", found.validation)):
        if classes is not None:
            if found.train is None:
                check_filled(classes, f"{split}/", where)
            else:
                check_same(found.train, classes, split, where)
            used = () if split == "test" else (f"validation images are the test images{_lacking(found)}",)
            return _Chosen({}, classes, used)
    return _for_training(found, where)


def _split_off(found: Layout, train: Classes, where: str) -> _Chosen:
    """Hold a fifth of each class out for the test, at least one image; a class does not decide another's."""
    kept: Classes = {}
    test: Classes = {}
    for name, images in train.items():
        if len(images) < 2:
            raise StudyError(
                f"{where}: class '{name}' has one image, but without test/<class>/ folders a test image is split off "
                f"each class{_lacking(found)}: add images"
            )
        count = max(1, round(TEST_SHARE * len(images)))
        chosen = set(generator(SPLIT_SEED, "folder", name).permutation(len(images))[:count].tolist())
        test[name] = [image for i, image in enumerate(images) if i in chosen]
        kept[name] = [image for i, image in enumerate(images) if i not in chosen]
    note = (
        f"there is no test split{_lacking(found)}: {TEST_SHARE:.0%} of each class, {_images(_count(test))}, "
        "were split off for it, the same in every run"
    )
    caveat = (
        "test images were split off from one collection: where it holds several pictures of one thing, all figures "
        "are too good"
    )
    return _Chosen(kept, test, (note,), (caveat,))


def _lacking(found: Layout) -> str:
    """Which folders hold images without classes, in brackets."""
    return f" ({', '.join(found.unlabelled)}: images without folders of classes)" if found.unlabelled else ""


def _left_out(classes: Classes | None, split: str) -> tuple[str, ...]:
    count = _count(classes or {})
    return (f"{_images(count, split)} not used: a study holds its own out of train",) if count else ()


def _count(classes: Classes) -> int:
    return sum(map(len, classes.values()))


def _labels(classes: Classes) -> Ints:
    return np.repeat(np.arange(len(classes)), list(map(len, classes.values())))


def _name(path: Path, classes: tuple[str, ...]) -> str:
    return "CIFAR-10 (image folder copy)" if set(classes) == set(CIFAR10_CLASSES) else path.resolve().stem


def _ignored(tree: Tree, found: Layout) -> int:
    """Files that stand neither in a class nor in a split without classes."""
    known = sum(_count(part or {}) for part in (found.train, found.validation, found.test))
    return sum(not name.endswith("/") for name in tree.names) - known


def _notes(counts: Counter[str], ignored: int, image_size: int) -> tuple[str, ...]:
    notes = [
        f"{_images(n, kind.removesuffix(' converted'))} converted to RGB"
        for kind, n in sorted(counts.items())
        if kind.endswith(" converted")
    ]
    if counts["transparent"]:
        notes.append(f"{_images(counts['transparent'], 'transparent')} laid on {BACKGROUND}")
    if counts["frames"]:
        notes.append(f"{_images(counts['frames'])} of several frames or pages: the first one taken")
    if counts["turned"]:
        notes.append(f"{_images(counts['turned'])} turned upright as EXIF says")
    if counts["resized"]:
        notes.append(
            f"{_images(counts['resized'])} resized to {image_size}x{image_size} (bicubic, aspect ratio not kept)"
        )
    if ignored:
        notes.append(f"{ignored} file{'s' * (ignored != 1)} outside the folders of classes ignored")
    return tuple(notes)


def _caveats(counts: Counter[str], classes: tuple[str, ...]) -> tuple[str, ...]:
    caveats = []
    if counts["JPEG"]:
        caveats.append("images were decoded from JPEG files, whose lossy compression has changed their pixels")
    if set(classes) == set(CIFAR10_CLASSES):
        caveats.append(
            "a copy of CIFAR-10, not the original archive: figures are not comparable with figures on the original data"
        )
    return tuple(caveats)


def _images(n: int, kind: str = "") -> str:
    return f"{n} {kind} image{'s' * (n != 1)}".replace("  ", " ")
