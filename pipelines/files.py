"""Reading and writing for all stages. A write is atomic: a reader sees the old file or the new one, never a part."""

import glob
import hashlib
import json
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import yaml

from study.arrays import Array
from study.errors import StudyError

NOTE = "device.json"
"""Beside a device's latencies: why the last session with it ended early, if it did."""


def check_output(path: str | Path) -> Path:
    """The file that writing to `path` makes or replaces: links are followed. For commands to ask before they compute.

    Raises:
        StudyError: there is something else than a file, or no file can be made there.
    """
    try:
        kind = os.stat(path).st_mode  # of what a link leads to, /dev/stdout included
    except (FileNotFoundError, NotADirectoryError):
        kind = stat.S_IFREG
    except OSError as error:
        raise StudyError(f"{path} cannot be written ({error.strerror}): name another file") from error
    if stat.S_ISDIR(kind):
        raise StudyError(f"{path} is a folder: name a file to write")
    if not stat.S_ISREG(kind):
        raise StudyError(f"{path} is a device, pipe or socket: name a file to write")
    target = Path(os.path.realpath(path))
    parent = next(one for one in target.parents if os.path.lexists(one))
    if not parent.is_dir():
        raise StudyError(f"{path} cannot be written: {parent} is no folder")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise StudyError(f"{path} cannot be written: {parent} is read-only for you")
    return target


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A temporary file in the same folder; at the end it is synced and takes the place of `path`, or vanishes."""
    named, path = path, check_output(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        error.filename = str(named)
        raise
    # What a killed write left of this very file: DVC would track it where the whole folder is an output.
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.????????"):
        if str(leftover) != temporary:
            leftover.unlink(missing_ok=True)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        error.filename = str(named)
        raise
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write through a temporary name in the same folder, fsync and rename."""
    with _replacing(Path(path)) as file:
        file.write(data)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode())


def write_json(path: str | Path, value: Any) -> None:
    """Write readable JSON; NaN is refused, a missing number is null."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """What `write_json` writes."""
    return json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def write_npz(path: str | Path, **arrays: Array) -> None:
    """Write an uncompressed npz whose bytes depend on the arrays alone (NumPy stamps every member 1980-01-01)."""
    with _replacing(Path(path)) as file:
        np.savez(file, **arrays)


def read_bytes(path: str | Path) -> bytes:
    """Read a whole file; a missing one is a one-line error, as is a folder, or a device, which may have no end."""
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind) or stat.S_ISCHR(kind) or stat.S_ISBLK(kind):
            raise StudyError(f"{path} is a {'folder' if stat.S_ISDIR(kind) else 'device'}: name a file to read")
        return Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StudyError(f"{path} is missing: run `dvc repro` to make it, or check the path") from error


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Say which file a `StudyError` is about, where it does not say so itself."""
    try:
        yield
    except StudyError as error:
        raise StudyError(str(error) if str(path) in str(error) else f"{path}: {error}") from error


def read_json(path: str | Path) -> Any:
    """Read JSON; a truncated or foreign file is a one-line error."""
    try:
        return json.loads(read_bytes(path))
    except ValueError as error:
        raise StudyError(f"{path} is not readable as JSON ({error}): delete it and run again") from error


def read_yaml(path: str | Path) -> Any:
    """Read YAML without executing anything in it."""
    try:
        return yaml.safe_load(read_bytes(path))
    except yaml.YAMLError as error:
        raise StudyError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error


def read_npz(path: str | Path) -> dict[str, Array]:
    """Read all arrays of an npz, without pickles; a truncated file is a one-line error."""
    if not Path(path).is_file():
        read_bytes(path)  # says what is missing
    try:
        if not zipfile.is_zipfile(path):  # np.load would take a bare .npy too
            raise zipfile.BadZipFile
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, EOFError, OSError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise StudyError(f"{path} is truncated or not an npz file: delete it and run again") from error
