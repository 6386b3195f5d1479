"""Where splits and classes stand in somebody's folder or zip: known from names alone, before an image is decoded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from study.errors import StudyError, nearest

ALIASES = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "valid": "validation",
    "val": "validation",
    "validation": "validation",
}
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".jfif")
NEEDED = "train/<class>/* and test/<class>/*, or <class>/* alone"
SHOWN = 8

Classes = dict[str, list[str]]
"""Class -> names of its files, both sorted."""


@dataclass(frozen=True)
class Layout:
    """The splits of a tree of names. One that is not there is None.

    `flat`: there are no split folders, `train` is all there is. `unlabelled` are split folders (their paths) with
    images, but without folders of classes. `notes` say how the folders were read where that is not plain.
    """

    train: Classes | None
    validation: Classes | None
    test: Classes | None
    flat: bool
    unlabelled: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass
class Folder:
    """One folder: its path, which ends with `/` (the root's is empty), and what lies in it."""

    path: str = ""
    folders: dict[str, "Folder"] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    @property
    def filled(self) -> list["Folder"]:
        """Its folders that hold files, at any depth."""
        return [inner for inner in self.folders.values() if inner.count]

    @property
    def count(self) -> int:
        """Files in it, at any depth."""
        return len(self.files) + sum(inner.count for inner in self.folders.values())

    @property
    def images(self) -> list[str]:
        """Files directly in it that look like images."""
        return [name for name in self.files if name.lower().endswith(SUFFIXES)]


def layout(names: tuple[str, ...], where: str) -> Layout:
    """Find splits and classes among sorted names with `/`, of which those of folders end with `/`.

    Read as they are meant: folders around everything, a folder too many inside a split (`train/train/<class>`) or a
    class (`<class>/images/*`), `Train`, `training`, `seg_train`, `val`; folders of classes without a split.

    Raises:
        StudyError: there are no folders of classes, or two that could be the same split; `where` stands in the message.
    """
    root = _tree(names)
    level = _level(root, where)
    if level is None:
        return _flat(root, where)
    found, notes, unlabelled = {}, [], []
    for split, folder in _splits(level, where).items():
        inner = _unwrapped(folder, split)
        if not inner.folders:
            unlabelled.append(folder.path)
            continue
        found[split] = _classes(inner, where)
        if inner is not folder:
            notes.append(f"the classes of {folder.path} stand in {inner.path}")
    for split in ("validation", "test"):
        if _is_one_heap(found.get(split, {}), found.get("train", {})):
            unlabelled.append(f"{split}/{next(iter(found.pop(split)))}/")
    return Layout(
        found.get("train"), found.get("validation"), found.get("test"), False, tuple(unlabelled), tuple(notes)
    )


def _is_one_heap(classes: Classes, train: Classes) -> bool:
    """Whether the only folder of a split is no class, but holds all images (`test/images/*`)."""
    return len(classes) == 1 < len(train) and not classes.keys() & train.keys()


def check_same(train: Classes, other: Classes, split: str, where: str) -> None:
    """Refuse splits of different classes.

    Raises:
        StudyError: a class stands in one of them alone, or is empty.
    """
    for here, there, name, missing_in in ((other, train, split, "train"), (train, other, "train", split)):
        if lone := sorted(here.keys() - there.keys()):
            raise StudyError(
                f"{where}: class '{lone[0]}' stands in {name} but not in {missing_in}{nearest(lone[0], there)} "
                f"({name}: {listed(here)}; {missing_in}: {listed(there)}): add {missing_in}/{lone[0]}/ with images, "
                f"or remove {name}/{lone[0]}/"
            )
    for name, classes in (("train", train), (split, other)):
        check_filled(classes, f"{name}/", where)


def check_filled(classes: Classes, prefix: str, where: str) -> None:
    """Refuse fewer than two classes and empty ones.

    Raises:
        StudyError: see above.
    """
    if len(classes) < 2:
        raise StudyError(f"{where} has fewer than two classes (only '{next(iter(classes), '')}'): add another")
    for name, images in classes.items():
        if not images:
            raise StudyError(f"{where}: {prefix}{name}/ is empty: add images, or remove the class from all splits")


def listed(names: Classes) -> str:
    """Names for a message, cut where there are many."""
    shown = ", ".join(list(names)[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


def _tree(names: tuple[str, ...]) -> Folder:
    root = Folder()
    for name in names:
        *parents, last = name.split("/")
        here = root
        for part in filter(None, parents):
            here = here.folders.setdefault(part, Folder(f"{here.path}{part}/"))
        if last:
            here.files.append(name)
    return root


def _split_of(name: str) -> str | None:
    """Which split a folder's name means, `train`, `Training`, `seg_train` or `test1`; None where it is none or two."""
    words = [re.sub(r"\d+$", "", word) for word in re.split(r"[^a-z0-9]+", name.lower())]
    found = {ALIASES[word] for word in words if word in ALIASES}
    return found.pop() if len(found) == 1 else None


def _splits(folder: Folder, where: str) -> dict[str, Folder]:
    """Split -> its folder; one that is called just so comes before those that contain the word."""
    found: dict[str, list[Folder]] = {}
    for name, inner in folder.folders.items():
        split = _split_of(name)
        if split and inner.count:
            found.setdefault(split, []).append(inner)
    chosen = {}
    for split, folders in found.items():
        exact = [one for one in folders if one.path.rstrip("/").rpartition("/")[2].lower() in ALIASES]
        labelled = [one for one in folders if _is_labelled(one, split)]
        best = exact if len(exact) == 1 else labelled or folders
        if len(best) > 1:
            raise StudyError(f"{where}: {best[0].path} and {best[1].path} both look like {split} images: leave one")
        chosen[split] = best[0]
    return chosen


def _is_labelled(folder: Folder, split: str) -> bool:
    """Whether it holds folders of classes: one is enough where it is called just like a split."""
    exact = folder.path.rstrip("/").rpartition("/")[2].lower() in ALIASES
    return len(_unwrapped(folder, split).folders) >= (1 if exact else 2)


def _unwrapped(folder: Folder, split: str) -> Folder:
    """The folder in which the classes stand: folders too many are passed through."""
    while not folder.images and len(folder.filled) == 1 == len(folder.folders):
        (inner,) = folder.filled
        again = _split_of(inner.path.rstrip("/").rpartition("/")[2]) == split
        if not (again or (len(inner.filled) > 1 and not inner.images)):
            break
        folder = inner
    return folder


def _level(root: Folder, where: str) -> Folder | None:
    """The folder in which splits with classes stand, the outermost one; None where there is none."""
    level = [root]
    while level:
        found = [one for one in level if any(_is_labelled(inner, split) for inner, split in _candidates(one))]
        if len(found) > 1:
            raise StudyError(
                f"{where} holds more than one data set ({found[0].path} and {found[1].path}): give one of them"
            )
        if found:
            return found[0]
        level = [inner for one in level for inner in one.folders.values() if not inner.images]
    return None


def _candidates(folder: Folder) -> Iterator[tuple[Folder, str]]:
    for name, inner in folder.folders.items():
        if split := _split_of(name):
            yield inner, split


def _flat(root: Folder, where: str) -> Layout:
    """Classes without splits: the folders of the first folder that has several."""
    folder = root
    while not folder.images and len(folder.filled) == 1:
        (folder,) = folder.filled
    named = {split for name, inner in folder.folders.items() if inner.count and (split := ALIASES.get(name.lower()))}
    if len(folder.filled) < 2 or len(named) > 1:
        raise StudyError(f"{where} has no train/<class>/ folders: it needs {NEEDED}; {_held(root)}")
    notes = (f"the classes stand in {folder.path}",) if folder.path.count("/") > 1 else ()
    return Layout(_classes(folder, where), None, None, True, (), notes)


def _classes(folder: Folder, where: str) -> Classes:
    return {name: sorted(_images(inner, where)) for name, inner in sorted(folder.folders.items())}


def _images(folder: Folder, where: str) -> list[str]:
    """Files of a class: those in its folder, or those in the only folder in it.

    All files of a folder are taken for images, whatever they are called, so that none is left out without a word.
    """
    inside = folder.filled
    if folder.images or not inside:
        return folder.files
    if len(inside) > 1:
        inner = ", ".join(one.path for one in inside[:SHOWN])
        raise StudyError(f"{where}: {folder.path} holds no images but folders ({inner}): it needs {NEEDED}")
    return _images(inside[0], where)


def _held(root: Folder) -> str:
    """What a folder holds, for a message."""
    held = [f"{one.path} ({one.count} file{'s' * (one.count != 1)})" for one in root.folders.values()] + root.files
    if not held:
        return "it is empty"
    return f"it holds {', '.join(held[:SHOWN])}{f' and {len(held) - SHOWN} more' if len(held) > SHOWN else ''}"
