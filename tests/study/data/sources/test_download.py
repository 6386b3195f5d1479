"""A download survives what networks and servers do, and nothing unchecked gets the final name."""

import base64
import fcntl
import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from study.data.sources.download import ATTEMPTS, Remote, fetch
from study.errors import StudyError

CONTENT = np.random.default_rng(0).bytes(300_000)
Answer = Callable[["Handler", int | None], None]


class Handler(BaseHTTPRequestHandler):
    """Answers as its server's script says: one entry a request, the last one for all that follow."""

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else None
        self.server.asked.append(start)  # type: ignore[attr-defined]
        script = self.server.script  # type: ignore[attr-defined]
        (script.pop(0) if len(script) > 1 else script[0])(self, start)

    def log_message(self, *_: object) -> None:
        pass

    def start_answer(self, status: int, length: int | None, content_range: str = "") -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()


def good(handler: Handler, start: int | None) -> None:
    if start is None:
        whole(handler, start)
    elif start >= len(CONTENT):
        status(416)(handler, start)
    else:
        total = len(CONTENT)
        handler.start_answer(206, total - start, f"bytes {start}-{total - 1}/{total}")
        handler.wfile.write(CONTENT[start:])


def whole(handler: Handler, start: int | None) -> None:
    """A server that does not know ranges."""
    handler.start_answer(200, len(CONTENT))
    handler.wfile.write(CONTENT)


def cut(count: int) -> Answer:
    """Send `count` bytes of what was asked for, then hang up."""

    def answer(handler: Handler, start: int | None) -> None:
        first, total = start or 0, len(CONTENT)
        handler.start_answer(
            206 if start else 200, total - first, f"bytes {first}-{total - 1}/{total}" if start else ""
        )
        handler.wfile.write(CONTENT[first : first + count])
        handler.close_connection = True

    return answer


def status(code: int) -> Answer:
    return lambda handler, start: handler.start_answer(code, 0)


def another_range(handler: Handler, start: int | None) -> None:
    handler.start_answer(206, 10, f"bytes 0-9/{len(CONTENT)}")
    handler.wfile.write(CONTENT[:10])


def endless(handler: Handler, start: int | None) -> None:
    handler.start_answer(200, None)
    handler.wfile.write(CONTENT + CONTENT)
    handler.close_connection = True


class Server:
    def __init__(self) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.asked: list[int | None] = []
        self.http.asked = self.asked  # type: ignore[attr-defined]
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def plays(self, *script: Answer, content: bytes = CONTENT) -> Remote:
        self.http.script = list(script)  # type: ignore[attr-defined]
        url = f"http://127.0.0.1:{self.http.server_port}/file.bin"
        return Remote(url, len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


def get(remote: Remote, cache: Path) -> bytes:
    return fetch(remote, cache, pause=0, timeout=5).read_bytes()


def test_downloads_once_into_a_new_folder(server: Server, tmp_path: Path) -> None:
    remote = server.plays(good)
    assert get(remote, tmp_path / "new" / "cache") == CONTENT
    assert get(remote, tmp_path / "new" / "cache") == CONTENT
    assert server.asked == [None]
    assert not list(tmp_path.rglob("*.part"))


def test_resumes_a_part(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:123_456])
    assert get(server.plays(good), tmp_path) == CONTENT
    assert server.asked == [123_456]


def test_a_complete_part_needs_no_request(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT)
    assert get(server.plays(status(500)), tmp_path) == CONTENT
    assert server.asked == []


def test_starts_anew_where_ranges_are_ignored(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:1000])
    assert get(server.plays(whole), tmp_path) == CONTENT
    assert server.asked == [1000]


@pytest.mark.parametrize("answer", [status(416), another_range])
def test_starts_anew_when_the_part_does_not_fit(server: Server, tmp_path: Path, answer: Answer) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:1000])
    assert get(server.plays(answer, good), tmp_path) == CONTENT
    assert server.asked == [1000, None]


def test_a_part_longer_than_the_file_is_dropped(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT + b"x")
    assert get(server.plays(good), tmp_path) == CONTENT


def test_goes_on_after_cut_connections(server: Server, tmp_path: Path) -> None:
    assert get(server.plays(*[cut(40_000)] * 7, good), tmp_path) == CONTENT
    assert server.asked == [None, *range(40_000, 300_000, 40_000)]


@pytest.mark.parametrize("code", [429, 500, 503])
def test_tries_again_after_a_passing_error(server: Server, tmp_path: Path, code: int) -> None:
    assert get(server.plays(status(code), good), tmp_path) == CONTENT


def test_gives_up_when_nothing_more_comes_and_keeps_the_part(server: Server, tmp_path: Path) -> None:
    remote = server.plays(cut(1000), cut(0))
    with pytest.raises(StudyError, match=r"5 attempts failed \(.*\); 1000 of 300000 bytes are kept: run again"):
        get(remote, tmp_path)
    assert len(server.asked) == 1 + ATTEMPTS
    assert (tmp_path / "file.bin.part").read_bytes() == CONTENT[:1000]
    assert get(server.plays(good), tmp_path) == CONTENT


def test_gives_up_on_a_server_that_always_cuts_and_ignores_ranges(server: Server, tmp_path: Path) -> None:
    def half(handler: Handler, start: int | None) -> None:
        cut(150_000)(handler, None)

    with pytest.raises(StudyError, match="5 attempts failed"):
        get(server.plays(half), tmp_path)


def test_nobody_listens(server: Server, tmp_path: Path) -> None:
    remote = server.plays(good)
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(StudyError, match=r"5 attempts failed .*refused.*0 of 300000"):
        get(remote, tmp_path)


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_refusal_is_final(server: Server, tmp_path: Path, code: int) -> None:
    with pytest.raises(StudyError, match=f"the server answers {code}.*give a local archive as data.path"):
        get(server.plays(status(code)), tmp_path)
    assert len(server.asked) == 1


def test_another_file_of_the_same_size_is_deleted(server: Server, tmp_path: Path) -> None:
    other = bytes(len(CONTENT))
    remote = server.plays(good, content=other)
    with pytest.raises(StudyError) as caught:
        get(remote, tmp_path)
    assert hashlib.sha256(CONTENT).hexdigest() in str(caught.value)
    assert remote.sha256 in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin.lock"]


def test_another_size_is_refused_before_it_is_read(server: Server, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="the server offers 300000 bytes, expected 299999"):
        get(server.plays(good, content=CONTENT[:-1]), tmp_path)


def test_never_writes_more_than_expected(server: Server, tmp_path: Path) -> None:
    assert get(server.plays(endless), tmp_path) == CONTENT


def test_a_damaged_file_in_the_cache_is_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(bytes(len(CONTENT)))
    assert get(server.plays(good), tmp_path) == CONTENT


def test_a_second_process_is_told_to_wait(server: Server, tmp_path: Path) -> None:
    remote = server.plays(good)
    with (tmp_path / "file.bin.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StudyError, match="another process is downloading"):
            get(remote, tmp_path)
    assert get(remote, tmp_path) == CONTENT


def test_a_file_instead_of_the_cache_folder(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(StudyError, match=r"cannot be a cache folder .*--cache"):
        get(server.plays(good), tmp_path / "cache")


def goog(md5: bytes) -> Answer:
    """Google's storage sends the MD5 of the whole file along."""

    def answer(handler: Handler, start: int | None) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.send_header("x-goog-hash", "crc32c=AAAAAA==")
        handler.send_header("x-goog-hash", f"md5={base64.b64encode(md5).decode()}")
        handler.end_headers()
        handler.wfile.write(CONTENT)

    return answer


def unknown(remote: Remote, **known: str) -> Remote:
    """The same file, of which neither size nor SHA-256 is published."""
    return Remote(remote.url, None, instead="fetch it by hand", **known)


def test_without_a_size_the_server_says_it_and_the_md5_is_checked(server: Server, tmp_path: Path) -> None:
    right = hashlib.md5(CONTENT).hexdigest()
    remote = unknown(server.plays(cut(40_000), good), md5=right)
    assert get(remote, tmp_path) == CONTENT and server.asked == [None, 40_000]
    (tmp_path / "file.bin").write_bytes(CONTENT[:-1])
    with pytest.raises(StudyError, match=r"file.bin is damaged or another file than http.*: delete it, then run again"):
        get(remote, tmp_path)
    (tmp_path / "file.bin").unlink()
    with pytest.raises(StudyError, match=rf"MD5 is {right}, expected 00: .* run again, or fetch it by hand"):
        get(unknown(server.plays(good), md5="00"), tmp_path)
    assert not list(tmp_path.glob("file.bin*[!k]"))


def test_without_any_hash_the_servers_own_is_checked(server: Server, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"MD5 is .*, expected 6464"):
        get(unknown(server.plays(goog(b"d" * 16))), tmp_path)
    assert get(unknown(server.plays(goog(hashlib.md5(CONTENT).digest()))), tmp_path) == CONTENT


def test_without_any_hash_the_first_file_is_right_from_then_on(server: Server, tmp_path: Path) -> None:
    remote = unknown(server.plays(good))
    (tmp_path / "file.bin").write_bytes(CONTENT)  # by hand
    assert get(remote, tmp_path) == CONTENT and server.asked == []
    assert (tmp_path / "file.bin.sha256").read_text().strip() == hashlib.sha256(CONTENT).hexdigest()
    (tmp_path / "file.bin").write_bytes(CONTENT[::-1])
    with pytest.raises(StudyError, match="is damaged or another file than"):
        get(remote, tmp_path)


def test_without_a_network_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(
        StudyError, match=r"http://127.0.0.1:1/w.h5: 5 attempts failed .*; 0 bytes are kept: .*, or by hand"
    ):
        get(Remote("http://127.0.0.1:1/w.h5", None, instead="by hand"), tmp_path)


def test_a_server_that_does_not_say_the_size(server: Server, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="does not say how many bytes it has; fetch it by hand"):
        get(unknown(server.plays(endless)), tmp_path)
