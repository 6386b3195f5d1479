"""One view of a folder and of a zip file: names of what is inside, and a way to read one of them."""

import lzma
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from study.errors import StudyError

MAX_BYTES = 64 << 20  # An image file larger than this is a mistake or an attack.
DEPTH = 7  # of folders around an image: some around splits and classes, and one too many in each
# What zipfile raises for files that are damaged, encrypted or packed in a way it does not know.
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError)
JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Tree:
    """Sorted names with `/`, without hidden files and the junk of desktops; folders end with `/`."""

    names: tuple[str, ...]
    read: Callable[[str], bytes]


@contextmanager
def open_tree(path: Path) -> Iterator[Tree]:
    """Open a folder or a zip file, to be read from several threads.

    Names are brought to Unicode's composed form (NFC): macOS stores them decomposed, and the order and the
    class names must not depend on where an archive was made.

    Raises:
        StudyError: the path is missing, or neither a folder nor a sound zip file. `read` raises ValueError for a
            member that is damaged, encrypted, no file, or larger than 64 MiB; it says that without its name.
    """
    if not path.exists():
        raise StudyError(f"{path} does not exist: correct data.path")
    if path.is_dir():
        yield _folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise StudyError(
            f"{path} is neither a folder nor a whole zip file ({error}): fetch or pack it again"
        ) from error
    with archive:
        yield _zip(path, archive)


def _folder(path: Path) -> Tree:
    files: dict[str, Path] = {}

    def refuse(error: OSError) -> NoReturn:
        raise StudyError(f"{error.filename} cannot be read ({error.strerror})") from error

    for current, folders, names in os.walk(path, onerror=refuse, followlinks=True):
        relative = Path(current).relative_to(path)
        if len(relative.parts) >= DEPTH:
            folders.clear()
        folders[:] = [name for name in folders if not _leads_back(Path(current) / name)]
        for name in (*names, *(f"{folder}/" for folder in folders)):
            clean = _clean((relative / name).as_posix() + "/" * name.endswith("/"), path)
            _check_new(clean, files, path)
            files[clean] = Path(current) / name

    def read(name: str) -> bytes:
        try:
            facts = files[name].stat()
            _check_size(facts.st_size if stat.S_ISREG(facts.st_mode) else -1)
            return files[name].read_bytes()
        except OSError as error:
            raise ValueError(f"it cannot be read: {error.strerror}") from error

    return Tree(_visible(files), read)


def _zip(path: Path, archive: zipfile.ZipFile) -> Tree:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = _clean(_unicode(info).replace("\\", "/"), path)
        if name.startswith("/") or ".." in name.split("/"):
            raise StudyError(f"{path} holds the unsafe name {name!r}: pack it again")
        _check_new(name, members, path)
        members[name] = info

    def read(name: str) -> bytes:
        info = members[name]
        _check_size(info.file_size)
        try:
            with archive.open(info) as file:
                return file.read(info.file_size)  # Never more than was announced, whatever is packed inside.
        except DAMAGED as error:
            raise ValueError(f"it cannot be read from the zip: {error}") from error

    return Tree(_visible(members), read)


def _unicode(info: zipfile.ZipInfo) -> str:
    """Undo the guess of code page 437 where a zip holds UTF-8 without saying so, as those of macOS do."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


def _clean(name: str, path: Path) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise StudyError(f"{path} holds the name {name!a}, with control characters or not in UTF-8: rename it")
    return unicodedata.normalize("NFC", name)


def _check_new(name: str, names: Container[str], path: Path) -> None:
    if name in names and not name.endswith("/"):
        raise StudyError(f"{path} holds {name} twice: rename or remove one")


def _visible(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(n for n in names if not any(p.startswith(".") or p in JUNK for p in n.split("/"))))


def _leads_back(folder: Path) -> bool:
    """Whether a folder is a link to one that holds it: a circle."""
    return folder.is_symlink() and folder.resolve() in (folder.parent.resolve(), *folder.parent.resolve().parents)


def _check_size(size: int) -> None:
    if size < 0:
        raise ValueError("it is not a file")
    if size > MAX_BYTES:
        raise ValueError(f"it unpacks to {size} bytes, more than {MAX_BYTES}: no image is that large")
