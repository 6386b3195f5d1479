"""Reading and writing for all stages. A write is atomic: a reader sees the old file or the new one, never a part."""

import glob
import hashlib
import json
import math
import os
import stat
import tempfile
import zipfile
from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import yaml

from study.arrays import Array
from study.errors import StudyError

CACHE = Path("~/.cache/tflite-compression-study")
"""Where what is downloaded or built once is kept, for all studies of a person."""

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


class _UniqueKeys(yaml.SafeLoader):
    """YAML itself lets the last of two equal keys win, without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[tuple[str, Any], int] = {}
        for key, _ in node.value:
            name, line = (key.tag, str(key.value)), key.start_mark.line + 1
            if name in seen:
                raise StudyError(f"the key '{name[1]:.80}' stands twice, in lines {seen[name]} and {line}: remove one")
            seen[name] = line
        return super().construct_mapping(node, deep)


def read_yaml(path: str | Path) -> Any:
    """Read YAML without executing anything in it.

    Raises:
        StudyError: it is missing, no YAML, or a key stands twice in a mapping.
    """
    text = read_bytes(path)
    try:
        with naming(path):
            return yaml.load(text, _UniqueKeys)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date or number that cannot be
        raise StudyError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error


def read_npz(path: str | Path, names: Collection[str] | None = None) -> dict[str, Array]:
    """Read arrays of an npz (all of them, unless `names` says which), without pickles.

    Raises:
        StudyError: it is missing, truncated or no npz, or an array holds objects that only pickle reads.
    """
    with _npz(path) as archive:
        found = np.load(archive, allow_pickle=False)
        return {name: found[name] for name in (found.files if names is None else names)}


def npz_headers(path: str | Path) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    """Shape and type of each array of an npz, none of which is read.

    Raises:
        StudyError: as `read_npz`.
    """
    found = {}
    with _npz(path) as archive, zipfile.ZipFile(archive) as members:
        for info in members.infolist():
            if info.filename.endswith(".npy"):
                with members.open(info) as file:
                    version = np.lib.format.read_magic(file)
                    read = np.lib.format.read_array_header_1_0
                    shape, _, dtype = (read if version == (1, 0) else np.lib.format.read_array_header_2_0)(file)
                found[info.filename.removesuffix(".npy")] = (tuple(shape), dtype)
    return found


def _as_long_as_announced(path: str | Path) -> bool:
    """Whether an npz holds the arrays that its headers announce, so that it is memory that lacks."""
    with zipfile.ZipFile(path) as members:
        sizes = {info.filename.removesuffix(".npy"): info.file_size for info in members.infolist()}
    try:
        headers = npz_headers(path)
    except StudyError:
        return False
    return all(math.prod(shape) * dtype.itemsize <= sizes[name] for name, (shape, dtype) in headers.items())


@contextmanager
def _npz(path: str | Path) -> Iterator[BinaryIO]:
    """An open npz; whatever goes wrong with it inside is a one-line error."""
    if not Path(path).is_file():
        read_bytes(path)  # says what is missing
    try:
        if not zipfile.is_zipfile(path):  # np.load would take a bare .npy too
            raise zipfile.BadZipFile
        with Path(path).open("rb") as file:
            yield file
    except StudyError:
        raise
    except Exception as error:  # Damaged headers raise nearly anything, and may announce any size.
        if "allow_pickle" in str(error):
            raise StudyError(
                f"{path} holds an array of Python objects, which only pickle reads, and a pickle may run any code: "
                "save it as numbers or text"
            ) from error
        if isinstance(error, PermissionError):
            raise StudyError(f"{path} cannot be read ({error.strerror})") from error
        if isinstance(error, MemoryError) and _as_long_as_announced(path):
            raise
        raise StudyError(f"{path} is truncated or not an npz file: delete it and run again") from error
