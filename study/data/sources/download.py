"""Fetch one large file of known size and SHA-256: streamed, resumed, checked before anybody reads it."""

import fcntl
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from study.errors import StudyError

BLOCK = 1 << 16
ATTEMPTS = 5
INSTEAD = "give a local archive as data.path"


@dataclass(frozen=True)
class Remote:
    """A published file: where it is, how many bytes it has and their SHA-256 (hex)."""

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """File name in the cache."""
        return self.url.rsplit("/", 1)[-1]


class _Interrupted(Exception):
    """The connection failed in a way that another attempt may mend."""


def sha256(path: Path) -> str:
    """Return the SHA-256 (hex) of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(remote: Remote, cache: Path, pause: float = 2.0, timeout: float = 30.0) -> Path:
    """Return the path of `remote` in the folder `cache`, downloading what is missing of it.

    Bytes that arrived are kept in `<name>.part`, and the next attempt or run asks for the rest with an HTTP
    Range (RFC 9110, section 14). The final name exists only when size and SHA-256 are right. Attempts that
    bring nothing new are given up after five in a row, `pause` seconds apart (doubling).

    Raises:
        StudyError: the server refuses, the connection keeps failing, the file is not the expected one, or
            another process is downloading it into the same folder.
    """
    target = cache / remote.name
    part = cache / f"{remote.name}.part"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise StudyError(f"{cache} cannot be a cache folder ({error.strerror}): give another with --cache") from error
    with _alone(cache / f"{remote.name}.lock"):
        if target.exists():
            if target.stat().st_size == remote.size and sha256(target) == remote.sha256:
                return target
            target.unlink()  # Damaged on the disk: nothing of it can be trusted.
        _complete(remote, part, pause, timeout)
        found = sha256(part)
        if found != remote.sha256:
            part.unlink()
            raise StudyError(
                f"{remote.url}: SHA-256 is {found}, expected {remote.sha256}: the download was deleted; run "
                f"again, or {INSTEAD}"
            )
        os.replace(part, target)
    return target


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyError(f"another process is downloading into {lock.parent}: wait until it is done") from error
        yield


def _complete(remote: Remote, part: Path, pause: float, timeout: float) -> None:
    failures = 0
    most = size = _size(part)
    with tqdm(total=remote.size, unit="B", unit_scale=True, desc=remote.name, disable=None) as bar:
        while size != remote.size:
            try:
                _attempt(remote, part, bar, timeout)
                reason = "the connection ended early"
            except _Interrupted as error:
                reason = str(error)
            size = _size(part)
            failures = 0 if size > most else failures + 1
            most = max(most, size)
            if failures == ATTEMPTS:
                raise StudyError(
                    f"{remote.url}: {ATTEMPTS} attempts failed ({reason}); {size} of {remote.size} bytes "
                    f"are kept: run again to go on, or {INSTEAD}"
                )
            if failures:
                time.sleep(pause * 2 ** (failures - 1))


def _attempt(remote: Remote, part: Path, bar: "tqdm[Any]", timeout: float) -> None:
    """Append to `part` what one request brings; stop at the expected size."""
    with _open(remote, part, timeout) as response:
        # A server may ignore the range and answer 200: then the file starts anew.
        size = _size(part) if response.status == 206 else 0
        offered = response.headers.get("Content-Length")
        if offered is not None and size + int(offered) != remote.size:
            raise StudyError(
                f"{remote.url}: the server offers {size + int(offered)} bytes, expected {remote.size}: it is "
                f"another file; {INSTEAD}"
            )
        bar.reset(remote.size)
        bar.update(size)
        with part.open("ab" if size else "wb") as file:
            for block in _blocks(response):
                file.write(block[: remote.size - size])
                size = min(size + len(block), remote.size)
                bar.update(len(block))
            file.flush()
            os.fsync(file.fileno())


def _open(remote: Remote, part: Path, timeout: float) -> http.client.HTTPResponse:
    """Ask for what `part` lacks; a part that the server does not know is deleted."""
    if _size(part) > remote.size:
        part.unlink()
    asked = f"bytes {_size(part)}-"
    request = urllib.request.Request(remote.url, headers={"Range": asked.replace(" ", "=")} if _size(part) else {})
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        reason = f"the server answers {error.code} {error.reason}"
        if error.code == 416:
            part.unlink(missing_ok=True)
        elif error.code < 500 and error.code not in (408, 429):
            raise StudyError(f"{remote.url}: {reason}; {INSTEAD}") from error
        raise _Interrupted(reason) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(str(error)) from error
    if response.status == 206 and not response.headers.get("Content-Range", "").startswith(asked):
        response.close()
        part.unlink(missing_ok=True)
        raise _Interrupted("the server sent another range than asked for")
    return response


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield what arrives. Only reading is guarded: a full disk is no reason to ask the server again."""
    while True:
        try:
            block = response.read1(BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise _Interrupted(str(error)) from error
        if not block:
            return
        yield block


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
