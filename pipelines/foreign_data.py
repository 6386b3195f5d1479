"""Data of one's own to evaluate a file on: an npz with whatever names, or a folder or zip of images.

Classes are counted against the model's outputs before an image is decoded, and images of training are never read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines import files
from study.arrays import Array
from study.data.foreign_arrays import Header, choose, images_of, labels_of
from study.data.sources.folder import load_test
from study.errors import StudyError


@dataclass(frozen=True)
class Prepared:
    """An npz with `images` and `labels`, its name and classes, and what must be said of them."""

    npz: Path
    name: str
    classes: tuple[str, ...]
    fingerprint: str
    notes: tuple[str, ...]


def prepare(path: Path, scratch: Path, side: int | None, outputs: int | None) -> Prepared:
    """Bring `path` into the form that is predicted on, inside `scratch`.

    Args:
        path: an npz, or a folder or zip.
        scratch: an empty folder.
        side: pixels of the model's input; None where it is not square, which an npz alone may fit.
        outputs: classes that the model tells apart; None where that is not known.

    Raises:
        StudyError: the data cannot be read as images and labels, or have another number of classes.
    """
    with files.naming(path):
        if path.suffix == ".npz":
            return _from_npz(path, scratch, outputs)
        if side is None:
            raise StudyError("the model's input is not square: give an npz with images of that size")
        found = load_test(path, side, lambda classes: _check(classes, outputs))
    return _written(
        scratch, found.name, found.classes, found.examples.images, found.examples.labels, (*found.notes, *found.caveats)
    )


def _from_npz(path: Path, scratch: Path, outputs: int | None) -> Prepared:
    keys = choose({name: Header(*facts) for name, facts in files.npz_headers(path).items()})
    small = files.read_npz(path, [key for key in (keys.labels, keys.classes) if key])
    labels, classes = labels_of(small[keys.labels], small.get(keys.classes or ""), outputs)
    _check(classes, outputs)
    images, done = images_of(files.read_npz(path, [keys.images])[keys.images])
    notes = [f"{path.name}: images are '{keys.images}', labels '{keys.labels}'"] * (keys.images != "images")
    notes += [f"{path.name}: images {list(images.shape)}: {done}"] * bool(done)
    if small[keys.labels].dtype.kind in "SU" and not keys.classes:
        notes.append(f"text labels in alphabetical order: {', '.join(classes[:8])}{' ...' * (len(classes) > 8)}")
    return _written(scratch, path.stem, classes, images, labels, tuple(notes))


def _check(classes: Sequence[str], outputs: int | None) -> None:
    if outputs is not None and len(classes) != outputs:
        shown = ", ".join(classes[:8]) + f" and {len(classes) - 8} more" * (len(classes) > 8)
        raise StudyError(
            f"the model has {outputs} outputs and the data {len(classes)} classes ({shown}): "
            "they must be the same classes in the same order"
        )


def _written(
    scratch: Path, name: str, classes: tuple[str, ...], images: Array, labels: Array, notes: tuple[str, ...]
) -> Prepared:
    data = {"images": images, "labels": labels}
    files.write_npz(scratch / "test.npz", **data)
    return Prepared(scratch / "test.npz", name, classes, fingerprint(classes, data), notes)


def fingerprint(classes: Sequence[str], data: dict[str, Array]) -> str:
    """SHA-256 of the test split alone: a foreign data set has no card."""
    digest = hashlib.sha256("\0".join(classes).encode())
    for name in ("images", "labels"):
        digest.update(f"\0{name} {data[name].shape}\0".encode() + data[name].tobytes())
    return digest.hexdigest()
