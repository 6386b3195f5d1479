"""CIFAR-10 from its official archives (Krizhevsky, Learning Multiple Layers of Features from Tiny Images)."""

import tarfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from study.arrays import Array
from study.data.dataset import CIFAR10_CLASSES, Dataset
from study.data.examples import Examples
from study.data.sources.download import Remote, fetch, sha256
from study.data.sources.images import resize_all
from study.data.sources.unpickle import unpickle
from study.errors import StudyError

BINARY = Remote(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    size=170_052_171,
    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
PYTHON = Remote(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    size=170_498_071,
    sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)
SIDE = 32
PIXELS = 3 * SIDE * SIDE


def load(
    path: Path | None, cache: Path, image_size: int = SIDE, binary: Remote = BINARY, python: Remote = PYTHON
) -> Dataset:
    """Read the archive at `path`, or download the binary one into the folder `cache` and read that.

    Raises:
        StudyError: `path` is missing or neither of the two archives by its SHA-256, the download fails, or
            the archive does not hold what it should.
    """
    if path is None:
        path, kind = fetch(binary, cache), binary
    else:
        kind = _recognise(path, binary, python)
    train, test = (_read_binary if kind == binary else _read_python)(path)
    notes = []
    if image_size != SIDE:
        train, test = (Examples(resize_all(part.images, image_size), part.labels) for part in (train, test))
        notes.append(f"images resized from {SIDE}x{SIDE} to {image_size}x{image_size} (bicubic)")
    return Dataset("CIFAR-10", CIFAR10_CLASSES, train, test, tuple(notes), (), kind in (BINARY, PYTHON))


def _recognise(path: Path, binary: Remote, python: Remote) -> Remote:
    if not path.exists():
        raise StudyError(f"{path} does not exist: correct data.path, or set it to null to download the archive")
    if not path.is_file():
        raise StudyError(f"{path} is no archive: for a folder of images set data.source to folder")
    try:
        found = sha256(path)
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror})") from error
    for archive in (binary, python):
        if found == archive.sha256:
            return archive
    raise StudyError(
        f"{path} is truncated or no official archive: SHA-256 is {found} ({path.stat().st_size} bytes), "
        f"expected {binary.sha256} ({binary.name}, {binary.size} bytes) or {python.sha256} ({python.name}, "
        f"{python.size} bytes)"
    )


def _read_binary(path: Path) -> tuple[Examples, Examples]:
    """Records of 1 + 3072 bytes: label, then the red, green and blue planes, row by row."""
    folder = "cifar-10-batches-bin"
    names = [f"{folder}/data_batch_{i}.bin" for i in range(1, 6)] + [f"{folder}/test_batch.bin"]
    batches = []
    for name, data in _members(path, names).items():
        if not data or len(data) % (1 + PIXELS):
            raise StudyError(
                f"{path}: {name} has {len(data)} bytes, no whole number of records: the archive is damaged"
            )
        records = np.frombuffer(data, np.uint8).reshape(-1, 1 + PIXELS)
        batches.append(Examples(_from_planes(records[:, 1:]), records[:, 0].astype(np.int64)))
    return _join(batches)


def _read_python(path: Path) -> tuple[Examples, Examples]:
    """Pickled dicts with `data` uint8 [N, 3072] (planes as above) and `labels`, a list of N integers."""
    folder = "cifar-10-batches-py"
    names = [f"{folder}/data_batch_{i}" for i in range(1, 6)] + [f"{folder}/test_batch"]
    members = {f"{path}: {name}": data for name, data in _members(path, names).items()}
    return _join([_from_dict(unpickle(data, where), where) for where, data in members.items()])


def _from_dict(batch: Any, name: str) -> Examples:
    data, labels = (batch.get(b"data"), batch.get(b"labels")) if isinstance(batch, dict) else (None, None)
    if (
        not isinstance(data, np.ndarray)
        or not isinstance(labels, list)
        or data.dtype != np.uint8
        or data.shape != (len(labels), PIXELS)
        or any(type(label) is not int for label in labels)
    ):
        raise StudyError(f"{name} does not hold images and labels as CIFAR-10 does: the archive is damaged")
    return Examples(_from_planes(data), np.array(labels, np.int64))


def _members(path: Path, names: list[str]) -> dict[str, bytes]:
    """Read members by their exact names, in one pass. Nothing is extracted to the disk."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                if member.name in names and member.isreg() and (file := archive.extractfile(member)):
                    found[member.name] = file.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise StudyError(f"{path} is truncated or no tar.gz archive ({error}): fetch it again") from error
    for name in names:
        if name not in found:
            raise StudyError(f"{path} does not hold {name}: it is not a CIFAR-10 archive")
    return {name: found[name] for name in names}


def _from_planes(planes: Array) -> Array:
    return np.ascontiguousarray(planes.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1))


def _join(batches: list[Examples]) -> tuple[Examples, Examples]:
    *train, test = batches
    images = np.concatenate([batch.images for batch in train])
    return Examples(images, np.concatenate([batch.labels for batch in train])), test
