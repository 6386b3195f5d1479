"""Fetch one large file: streamed, resumed, checked before anybody reads it."""

import base64
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
KINDS = {"sha256": "SHA-256", "md5": "MD5"}


@dataclass(frozen=True)
class Remote:
    """A published file: where it is, how many bytes it has and their SHA-256 (hex).

    Where less is published, `size` is None and `sha256` empty, and an MD5 (hex) may stand for it. Without either the
    bytes are held against the MD5 that Google's storage sends along, and their SHA-256 is kept beside the file, to be
    right from then on. `instead`: what one can do without the download.
    """

    url: str
    size: int | None
    sha256: str = ""
    md5: str = ""
    instead: str = INSTEAD

    @property
    def name(self) -> str:
        """File name in the cache."""
        return self.url.rsplit("/", 1)[-1]


class _Interrupted(Exception):
    """The connection failed in a way that another attempt may mend."""


def sha256(path: Path) -> str:
    """Return the SHA-256 (hex) of a file, read in blocks."""
    return _digest(path, "sha256")


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


@dataclass(frozen=True)
class _Offer:
    """What a server says of the whole file: its bytes and their MD5 (hex), where it says so."""

    size: int | None = None
    md5: str = ""


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
        first = cache / f"{remote.name}.sha256"
        if target.exists():
            kind, wanted = _wanted(remote, first, "")
            if target.stat().st_size == (remote.size or target.stat().st_size) and (
                not wanted or _digest(target, kind) == wanted
            ):
                _remember(remote, target, first)
                return target
            if not remote.sha256:  # it may have been put there by hand
                raise StudyError(f"{target} is damaged or another file than {remote.url}: delete it, then run again")
            target.unlink()  # Damaged on the disk: nothing of it can be trusted.
        first.unlink(missing_ok=True)
        kind, wanted = _wanted(remote, first, _complete(remote, part, pause, timeout).md5)
        found = _digest(part, kind)
        if wanted and found != wanted:
            part.unlink()
            raise StudyError(
                f"{remote.url}: {KINDS[kind]} is {found}, expected {wanted}: the download was deleted; run "
                f"again, or {remote.instead}"
            )
        _remember(remote, part, first)
        os.replace(part, target)
    return target


def _wanted(remote: Remote, first: Path, sent: str) -> tuple[str, str]:
    """The digest that the file must have, and of which kind; empty where nobody knows."""
    if remote.sha256 or not (remote.md5 or sent):
        return "sha256", remote.sha256 or (first.read_text().strip() if first.exists() else "")
    return "md5", remote.md5 or sent


def _remember(remote: Remote, path: Path, first: Path) -> None:
    if not (remote.sha256 or remote.md5 or first.exists()):
        first.write_text(f"{sha256(path)}\n")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyError(f"another process is downloading into {lock.parent}: wait until it is done") from error
        yield


def _complete(remote: Remote, part: Path, pause: float, timeout: float) -> _Offer:
    failures = 0
    most = size = _size(part)
    offer = _Offer(remote.size)
    with tqdm(total=remote.size, unit="B", unit_scale=True, desc=remote.name, disable=None) as bar:
        while size != offer.size:
            try:
                offer = _attempt(remote, part, bar, timeout)
                reason = "the connection ended early"
            except _Interrupted as error:
                reason = str(error)
            size = _size(part)
            failures = 0 if size > most else failures + 1
            most = max(most, size)
            if failures == ATTEMPTS:
                of = "" if offer.size is None else f" of {offer.size}"
                raise StudyError(
                    f"{remote.url}: {ATTEMPTS} attempts failed ({reason}); {size}{of} bytes "
                    f"are kept: run again to go on, or {remote.instead}"
                )
            if failures:
                time.sleep(pause * 2 ** (failures - 1))
    return offer


def _attempt(remote: Remote, part: Path, bar: "tqdm[Any]", timeout: float) -> _Offer:
    """Append to `part` what one request brings; stop at the expected size. Returns what the server says of the file."""
    with _open(remote, part, timeout) as response:
        # A server may ignore the range and answer 200: then the file starts anew.
        size = _size(part) if response.status == 206 else 0
        offered = response.headers.get("Content-Length")
        total = remote.size if offered is None else size + int(offered)
        if total is None:
            raise StudyError(f"{remote.url}: the server does not say how many bytes it has; {remote.instead}")
        if remote.size not in (None, total):
            raise StudyError(
                f"{remote.url}: the server offers {total} bytes, expected {remote.size}: it is "
                f"another file; {remote.instead}"
            )
        bar.reset(total)
        bar.update(size)
        with part.open("ab" if size else "wb") as file:
            for block in _blocks(response, total - size):
                size += file.write(block)
                bar.update(len(block))
            file.flush()
            os.fsync(file.fileno())
        return _Offer(total, _sent_md5(response))


def _sent_md5(response: http.client.HTTPResponse) -> str:
    """MD5 (hex) of the whole file from the header `x-goog-hash: md5=BASE64`; empty where there is none."""
    for entry in ",".join(response.headers.get_all("x-goog-hash") or ()).split(","):
        kind, _, digest = entry.strip().partition("=")
        if kind == "md5":
            return base64.b64decode(digest).hex()
    return ""


def _open(remote: Remote, part: Path, timeout: float) -> http.client.HTTPResponse:
    """Ask for what `part` lacks; a part that the server does not know is deleted."""
    if remote.size is not None and _size(part) > remote.size:
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
            raise StudyError(f"{remote.url}: {reason}; {remote.instead}") from error
        raise _Interrupted(reason) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(str(error)) from error
    if response.status == 206 and not response.headers.get("Content-Range", "").startswith(asked):
        response.close()
        part.unlink(missing_ok=True)
        raise _Interrupted("the server sent another range than asked for")
    return response


def _blocks(response: http.client.HTTPResponse, left: int) -> Iterator[bytes]:
    """Yield what arrives, `left` bytes at most.

    Only reading is guarded: a full disk is no reason to ask the server again.
    """
    while left:
        try:
            block = response.read1(BLOCK)[:left]
        except (OSError, http.client.HTTPException) as error:
            raise _Interrupted(str(error)) from error
        if not block:
            return
        yield block
        left -= len(block)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
