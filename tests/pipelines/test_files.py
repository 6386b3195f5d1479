import errno
import io
import json
import os
import pickle
import signal
import stat
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from pipelines import files
from study.errors import StudyError


def test_a_write_makes_folders_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    files.write_text(path, "old")
    files.write_text(path, "néw")
    assert path.read_bytes() == "néw".encode()
    assert os.listdir(path.parent) == ["b.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_write_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    # The folder may be a DVC output as a whole: a leftover would become part of the result.
    kept = [".a.txt.gz.12345678", ".a.txt.note", "a.txt.12345678", ".b.txt.12345678"]
    for name in [*kept, ".a.txt.abcd_123"]:
        (tmp_path / name).touch()
    files.write_text(tmp_path / "a.txt", "new")
    assert set(os.listdir(tmp_path)) == {*kept, "a.txt"}


def test_a_writer_killed_midway_leaves_the_old_file_for_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    program = (
        "import os, signal, sys\nfrom pipelines import files\n"
        "os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write_text(sys.argv[1], 'new')"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert len(os.listdir(tmp_path)) == 2
    files.write_text(path, "new")
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_reader_of_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write_bytes(path, b"old" * 100)
    with path.open("rb") as reader:
        files.write_bytes(path, b"new")
        assert reader.read() == b"old" * 100
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_full_disk_keeps_the_old_file_and_leaves_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, before: bytes | None
) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)

    def full(*arguments: Any) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError) as caught:
        files.write_bytes(path, b"new")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    assert os.listdir(tmp_path) == ([] if before is None else ["file"])
    assert before is None or path.read_bytes() == before


def test_the_data_reaches_the_disk_before_the_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        calls.append("fsync")
        fsync(handle)

    def replaced(*paths: Any) -> None:
        calls.append("replace")
        replace(*paths)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    files.write_bytes(tmp_path / "file", b"data")
    assert calls == ["fsync", "replace"]


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to("far/a.txt")
    (tmp_path / "folder").symlink_to("far")
    for text in ("new", "newer"):  # the first where there is nothing yet
        files.write_text(tmp_path / "near", text)
        assert (tmp_path / "near").is_symlink() and (tmp_path / "far" / "a.txt").read_text() == text
    files.write_text(tmp_path / "folder" / "b.txt", "b")
    assert sorted(os.listdir(tmp_path / "far")) == ["a.txt", "b.txt"]


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _link(path: Path, to: str) -> Path:
    path.symlink_to(to)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda tmp: Path("/dev/null"), "is a device, pipe or socket: name a file"),
        (lambda tmp: _link(tmp / "link", "/dev/null"), "is a device, pipe or socket: name a file"),
        (lambda tmp: _fifo(tmp / "pipe"), "is a device, pipe or socket: name a file"),
        (lambda tmp: tmp, "is a folder: name a file"),
        (lambda tmp: tmp / "file" / "b" / "c.json", "file is no folder"),
        (lambda tmp: _link(tmp / "circle", "circle"), "cannot be written"),
        (lambda tmp: tmp / ("x" * 300), "cannot be written"),
        (lambda tmp: Path("/proc/new.json"), "/proc"),
    ],
)
def test_what_no_file_can_be_is_refused(tmp_path: Path, make: Any, said: str) -> None:
    (tmp_path / "file").touch()
    path = make(tmp_path)
    before = os.lstat(path) if os.path.lexists(path) else None
    for write in (files.check_output, lambda path: files.write_text(path, "new")):
        if said == "/proc" and write is files.check_output:
            continue  # of which only writing shows it, to a superuser
        with pytest.raises((StudyError, OSError)) as caught:
            write(path)
        assert said in str(caught.value) and "\n" not in str(caught.value)
        if isinstance(caught.value, OSError):
            assert caught.value.filename == str(path)
    after = os.lstat(path) if os.path.lexists(path) else None
    assert (before and (before.st_mode, before.st_ino)) == (after and (after.st_mode, after.st_ino))


def test_a_read_only_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # as a superuser all is writable
    with pytest.raises(StudyError, match=f"{tmp_path} is read-only for you"):
        files.check_output(tmp_path / "new" / "a.json")


def test_the_standard_output_is_no_file(tmp_path: Path) -> None:
    program = "from pipelines import cli, files\ncli.run(lambda: files.write_text('/dev/stdout', 'x'))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: /dev/stdout is a device, pipe or socket: name a file to write\n"


def test_json_round_trip_and_layout(tmp_path: Path) -> None:
    value = {"name": "é", "list": [1, 2.5, None, True]}
    files.write_json(tmp_path / "a.json", value)
    assert files.read_json(tmp_path / "a.json") == value
    assert (tmp_path / "a.json").read_text() == json.dumps(value, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_takes_no_number_that_is_none(tmp_path: Path, number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write_json(tmp_path / "a.json", {"x": number})
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("data", [b"", b'{"a": [1, 2', b"\xff\xfe\x00", b"not json"])
def test_damaged_json_is_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(StudyError, match=r"a\.json is not readable as JSON"):
        files.read_json(tmp_path / "a.json")


@pytest.mark.parametrize("data", [b"a: [1", b"a: !!python/object/apply:os.system [true]", b"\x00"])
def test_damaged_or_executing_yaml_is_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(data)
    with pytest.raises(StudyError, match=r"a\.yaml is not valid YAML") as caught:
        files.read_yaml(tmp_path / "a.yaml")
    assert "\n" not in str(caught.value)


ARRAYS = {
    "images": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    "scalar": np.array("text"),
    "empty": np.zeros((0, 3), np.float32),
    "fortran": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
}


def test_npz_round_trip_with_types_and_shapes(tmp_path: Path) -> None:
    files.write_npz(tmp_path / "a.npz", **ARRAYS)
    found = files.read_npz(tmp_path / "a.npz")
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found[name], array)


def test_npz_bytes_depend_on_the_arrays_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write_npz(tmp_path / "a.npz", **ARRAYS)
    monkeypatch.setattr("time.time", lambda: 2e9)
    files.write_npz(tmp_path / "b.npz", **{name: array.copy("K") for name, array in ARRAYS.items()})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_npz_bytes_are_those_of_numpy(tmp_path: Path) -> None:
    # Committed digests of weights and checkpoints rest on them: the way through the disk must not show.
    buffer = io.BytesIO()
    np.savez(buffer, **ARRAYS)
    files.write_npz(tmp_path / "a.npz", **ARRAYS)
    assert (tmp_path / "a.npz").read_bytes() == buffer.getvalue()


def test_a_large_array_is_written_and_read_without_a_copy_of_the_file(tmp_path: Path) -> None:
    array = np.zeros(2**25, np.uint8)
    tracemalloc.start()
    files.write_npz(tmp_path / "a.npz", a=array)
    written = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    files.read_npz(tmp_path / "a.npz")
    read = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert written < array.nbytes
    assert read < 2 * array.nbytes


def test_every_truncation_of_an_npz_is_one_line(tmp_path: Path) -> None:
    files.write_npz(tmp_path / "a.npz", **ARRAYS)
    whole = (tmp_path / "a.npz").read_bytes()
    for length in [*range(0, len(whole), 37), len(whole) - 1]:
        (tmp_path / "a.npz").write_bytes(whole[:length])
        with pytest.raises(StudyError, match=r"a\.npz is truncated or not an npz file: delete it"):
            files.read_npz(tmp_path / "a.npz")


@pytest.mark.parametrize("bits", [0x01, 0x08, 0xFF])
def test_a_flipped_byte_anywhere_gives_one_line_or_the_arrays(tmp_path: Path, bits: int) -> None:
    path, array = tmp_path / "a.npz", np.arange(8, dtype=np.uint8)
    files.write_npz(path, a=array)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bits]) + whole[place + 1 :])
        try:
            found = files.read_npz(path)
        except StudyError:
            continue
        assert all(np.array_equal(each, array) for each in found.values()), place


def test_a_flipped_byte_in_an_array_is_found(tmp_path: Path) -> None:
    files.write_npz(tmp_path / "a.npz", images=np.full(1000, 7, np.uint8))
    data = bytearray((tmp_path / "a.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(StudyError):
        files.read_npz(tmp_path / "a.npz")


def _bare() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("trapped",)


@pytest.mark.parametrize("data", [_bare(), pickle.dumps({"a": 1}), pickle.dumps(Trap()), b"text"])
def test_what_is_no_npz_is_one_line(tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(StudyError):
        files.read_npz("a.npz")
    assert os.listdir(tmp_path) == ["a.npz"]


def test_pickles_inside_an_npz_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", a=np.array([Trap()], dtype=object))
    with pytest.raises(StudyError):
        files.read_npz("a.npz")
    assert os.listdir(tmp_path) == ["a.npz"]


@pytest.mark.parametrize("read", [files.read_bytes, files.read_json, files.read_yaml, files.read_npz])
def test_a_missing_file_is_one_line(tmp_path: Path, read: Any) -> None:
    (tmp_path / "file").touch()
    for path, said in (
        (tmp_path / "none", "is missing"),
        (tmp_path / "file" / "none", "is missing"),
        (tmp_path, "is a folder"),
        ("/dev/zero", "is a device"),
    ):
        with pytest.raises(StudyError, match=said):
            read(path)


def test_lack_of_memory_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    files.write_npz(path, images=np.zeros((4, 4), np.uint8))

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "load", full)
    with pytest.raises(MemoryError):
        files.read_npz(path)
    with zipfile.ZipFile(path, "w") as members:  # a header that announces what is not there
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (10**12,)})
        members.writestr("images.npy", header.getvalue())
    with pytest.raises(StudyError, match="truncated"):
        files.read_npz(path)
