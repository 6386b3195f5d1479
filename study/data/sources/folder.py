"""One's own images: a folder or zip with `train/<class>/*` and `test/<class>/*`."""

from collections import Counter
from pathlib import Path

import numpy as np

from study.data.dataset import CIFAR10_CLASSES, Dataset
from study.data.examples import Examples
from study.data.sources.images import read_all
from study.data.sources.tree import open_tree
from study.errors import StudyError

SPLITS = ("train", "test")
Listing = dict[str, dict[str, list[str]]]


def load(path: Path | None, cache: Path, image_size: int = 32) -> Dataset:
    """Read all images, resized to `image_size`; classes and images are sorted by name.

    One folder around `train` and `test` is allowed. A zip is read in place, never extracted.

    Raises:
        StudyError: no path, or it is not such a folder or zip; a split is missing; fewer than two classes; a
            class is empty or stands in one split only; an image is unreadable. The message names it.
    """
    if path is None:
        raise StudyError("data.path is null: give the folder or zip with train/<class>/* and test/<class>/*")
    with open_tree(path) as tree:
        listing, ignored = arrange(tree.names, str(path))
        classes = tuple(sorted(listing["train"]))
        names = [name for split in SPLITS for c in classes for name in listing[split][c]]
        images, counts = read_all(names, tree.read, image_size)
    labels = [np.repeat(np.arange(len(classes)), [len(listing[s][c]) for c in classes]) for s in SPLITS]
    border = len(labels[0])
    cifar = set(classes) == set(CIFAR10_CLASSES)
    return Dataset(
        name="CIFAR-10 (image folder copy)" if cifar else path.resolve().stem,
        classes=classes,
        train=Examples(images[:border], labels[0]),
        test=Examples(images[border:], labels[1]),
        notes=_notes(counts, ignored, image_size),
        caveats=_caveats(counts, cifar),
    )


def arrange(names: tuple[str, ...], where: str) -> tuple[Listing, int]:
    """Sort names into {split: {class: [names]}}, and count files that stand elsewhere and are ignored.

    Raises:
        StudyError: see `load`; `where` stands in the message.
    """
    top = _top(names)
    listing: Listing = {split: {} for split in SPLITS}
    ignored = 0
    for name in names:
        split, *rest = name.removeprefix(top).split("/")
        if split in listing and len(rest) >= 2 and rest[0]:
            images = listing[split].setdefault(rest[0], [])
            if len(rest) == 2 and rest[1]:
                images.append(name)
                continue
        ignored += not name.endswith("/")
    _check(listing, where)
    return listing, ignored


def _top(names: tuple[str, ...]) -> str:
    """Return the one folder around the splits, with its `/`, or nothing."""
    folders = {name.split("/")[0] for name in names if "/" in name}
    return f"{folders.pop()}/" if len(folders) == 1 and not folders & set(SPLITS) else ""


def _check(listing: Listing, where: str) -> None:
    for split in SPLITS:
        if not listing[split]:
            raise StudyError(f"{where} has no {split}/<class>/ folders: it needs train/<class>/* and test/<class>/*")
    train, test = (listing[split] for split in SPLITS)
    for split, here, there in (("test", test, train), ("train", train, test)):
        if missing := sorted(here.keys() - there.keys()):
            other = "train" if split == "test" else "test"
            raise StudyError(
                f"{where}: class '{missing[0]}' stands in {split} but not in {other}: add "
                f"{other}/{missing[0]}/ with images, or remove {split}/{missing[0]}/"
            )
    if len(train) < 2:
        raise StudyError(f"{where} has fewer than two classes (only '{next(iter(train))}'): add another")
    for split in SPLITS:
        for name, images in listing[split].items():
            if not images:
                raise StudyError(f"{where}: {split}/{name}/ is empty: add images, or remove the class from both splits")


def _notes(counts: Counter[str], ignored: int, image_size: int) -> tuple[str, ...]:
    notes = [
        f"{_images(n, kind.removesuffix(' converted'))} converted to RGB"
        for kind, n in sorted(counts.items())
        if kind.endswith(" converted")
    ]
    if counts["turned"]:
        notes.append(f"{_images(counts['turned'])} turned upright as EXIF says")
    if counts["resized"]:
        notes.append(
            f"{_images(counts['resized'])} resized to {image_size}x{image_size} (bicubic, aspect ratio not kept)"
        )
    if ignored:
        notes.append(f"{ignored} file{'s' * (ignored != 1)} outside train/<class>/* and test/<class>/* ignored")
    return tuple(notes)


def _caveats(counts: Counter[str], cifar: bool) -> tuple[str, ...]:
    caveats = []
    if counts["JPEG"]:
        caveats.append("images were decoded from JPEG files, whose lossy compression has changed their pixels")
    if cifar:
        caveats.append(
            "a copy of CIFAR-10, not the original archive: figures are not comparable with figures on the original data"
        )
    return tuple(caveats)


def _images(n: int, kind: str = "") -> str:
    return f"{n} {kind} image{'s' * (n != 1)}".replace("  ", " ")
