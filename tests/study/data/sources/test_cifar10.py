"""Both official layouts give the same images; nothing else is accepted."""

import gzip
import hashlib
import io
import os
import pickle
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from study.data.dataset import CIFAR10_CLASSES, Dataset
from study.data.sources import cifar10
from study.data.sources.download import Remote
from study.errors import StudyError

RNG = np.random.default_rng(0)
PER_BATCH = 12
IMAGES = RNG.integers(0, 256, (6, PER_BATCH, 32, 32, 3), dtype=np.uint8)
LABELS = (np.arange(6 * PER_BATCH) % 10).reshape(6, PER_BATCH)
BATCHES = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]


def planes(images: np.ndarray) -> np.ndarray:
    return images.transpose(0, 3, 1, 2).reshape(len(images), -1)


def binary_members() -> dict[str, bytes]:
    return {
        f"cifar-10-batches-bin/{name}.bin": np.concatenate([y[:, None].astype(np.uint8), planes(x)], axis=1).tobytes()
        for name, x, y in zip(BATCHES, IMAGES, LABELS, strict=True)
    }


def python_members(**extra: Any) -> dict[str, bytes]:
    return {
        f"cifar-10-batches-py/{name}": pickle.dumps({b"data": planes(x), b"labels": y.tolist()} | extra, 2)
        for name, x, y in zip(BATCHES, IMAGES, LABELS, strict=True)
    }


def pack(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def remote(path: Path, url: str = "http://127.0.0.1:9/x.tar.gz") -> Remote:
    data = path.read_bytes()
    return Remote(url, len(data), hashlib.sha256(data).hexdigest())


def read_binary(path: Path, **options: Any) -> Dataset:
    return cifar10.load(path, path.parent, binary=remote(path), **options)


def read_python(path: Path) -> Dataset:
    return cifar10.load(path, path.parent, python=remote(path))


def check(data: Dataset) -> None:
    assert data.name == "CIFAR-10"
    assert data.classes == CIFAR10_CLASSES
    assert np.array_equal(data.train.images, IMAGES[:5].reshape(-1, 32, 32, 3))
    assert np.array_equal(data.train.labels, LABELS[:5].ravel())
    assert np.array_equal(data.test.images, IMAGES[5])
    assert np.array_equal(data.test.labels, LABELS[5])
    assert data.train.images.dtype == np.uint8
    assert data.train.labels.dtype == np.int64
    assert data.train.images.flags.c_contiguous
    assert (data.notes, data.caveats) == ((), ())


def test_the_official_facts() -> None:
    """Published with the archives (and, for the python version, in Keras): a change here is a mistake."""
    assert (
        Remote(
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        )
        == cifar10.BINARY
    )
    assert cifar10.PYTHON.size == 170_498_071
    assert cifar10.PYTHON.sha256 == "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


def test_binary_archive(tmp_path: Path) -> None:
    data = read_binary(pack(tmp_path / "a.tar.gz", binary_members()))
    check(data)
    assert data.is_cifar10_classes
    assert not data.is_original_cifar10  # Only the official digests make it so.


def test_python_archive(tmp_path: Path) -> None:
    check(read_python(pack(tmp_path / "a.tar.gz", python_members())))


def test_official_digests_make_it_original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(tmp_path / "a.tar.gz", binary_members())
    monkeypatch.setattr(cifar10, "BINARY", remote(path))
    assert read_binary(path).is_original_cifar10


def test_batches_keep_their_order_whatever_the_archive_s(tmp_path: Path) -> None:
    check(read_binary(pack(tmp_path / "a.tar.gz", dict(reversed(binary_members().items())))))


def test_resized_to_the_study_s_input(tmp_path: Path) -> None:
    data = read_binary(pack(tmp_path / "a.tar.gz", binary_members()), image_size=48)
    assert data.train.images.shape == (60, 48, 48, 3)
    assert data.notes == ("images resized from 32x32 to 48x48 (bicubic)",)


def test_downloaded_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    path = pack(tmp_path / "a.tar.gz", binary_members())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    facts = remote(path, f"http://127.0.0.1:{server.server_port}/a.tar.gz")
    try:
        check(cifar10.load(None, tmp_path / "cache", binary=facts))
    finally:
        server.shutdown()
        server.server_close()
    check(cifar10.load(None, tmp_path / "cache", binary=facts))
    assert (tmp_path / "cache" / "a.tar.gz").read_bytes() == path.read_bytes()


def test_another_archive_is_refused_with_both_hashes(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar.gz", binary_members())
    with pytest.raises(StudyError) as caught:
        cifar10.load(path, tmp_path)
    for part in (
        str(path),
        remote(path).sha256,
        cifar10.BINARY.sha256,
        cifar10.PYTHON.sha256,
        "170052171 bytes",
    ):
        assert part in str(caught.value)


def test_a_truncated_archive_is_refused_by_its_hash(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar.gz", binary_members())
    facts = remote(path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(StudyError, match="is truncated or no official archive"):
        cifar10.load(path, tmp_path, binary=facts)


def test_a_missing_path_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"nowhere does not exist: correct data.path"):
        cifar10.load(tmp_path / "nowhere", tmp_path)
    with pytest.raises(StudyError, match=r"set data.source to folder"):
        cifar10.load(tmp_path, tmp_path)


# From here on the hash is right, so that what is behind it is tried: it must hold on its own.


def test_truncated_and_foreign_containers(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar.gz", binary_members())
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], whole[:30], b"", b"no archive", gzip.compress(b"no tar")):
        path.write_bytes(data)
        with pytest.raises(StudyError, match=r"a\.tar\.gz (is truncated or no tar.gz archive|does not hold)"):
            read_binary(path)


@pytest.mark.parametrize("missing", ["data_batch_3", "test_batch"])
def test_a_missing_member_is_named(tmp_path: Path, missing: str) -> None:
    members = {name: data for name, data in binary_members().items() if missing not in name}
    with pytest.raises(StudyError, match=f"does not hold cifar-10-batches-bin/{missing}.bin"):
        read_binary(pack(tmp_path / "a.tar.gz", members))


def test_names_that_climb_out_are_never_followed(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    hostile = {
        "../escaped": b"x",
        str(tmp_path / "absolute"): b"x",
        "cifar-10-batches-bin/../../escaped": b"x",
    }
    path = pack(inner / "a.tar.gz", hostile | binary_members())
    check(read_binary(path))
    assert [p.name for p in tmp_path.iterdir()] == ["inner"]
    assert [p.name for p in inner.iterdir()] == ["a.tar.gz"]
    moved = {f"cifar-10-batches-bin/../{name}": data for name, data in binary_members().items()}
    with pytest.raises(StudyError, match="does not hold"):
        read_binary(pack(inner / "b.tar.gz", moved))


def test_links_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in binary_members():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    with pytest.raises(StudyError, match="does not hold"):
        read_binary(path)


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: b"", lambda d: d + b"x"])
def test_a_batch_of_half_records(tmp_path: Path, damage: Any) -> None:
    members = binary_members()
    name = "cifar-10-batches-bin/data_batch_2.bin"
    with pytest.raises(StudyError, match=r"data_batch_2.bin has .* no whole number of records"):
        read_binary(pack(tmp_path / "a.tar.gz", members | {name: damage(members[name])}))


def test_a_label_out_of_range(tmp_path: Path) -> None:
    members = binary_members()
    name = "cifar-10-batches-bin/test_batch.bin"
    with pytest.raises(StudyError, match="test: label 10 is out of range for 10 classes"):
        read_binary(pack(tmp_path / "a.tar.gz", members | {name: b"\x0a" + members[name][1:]}))


class Hostile:
    def __init__(self, mark: Path) -> None:
        self.command = f"touch {mark}"

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


def test_a_hostile_pickle_runs_nothing(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar.gz", python_members(evil=Hostile(tmp_path / "mark")))
    with pytest.raises(StudyError, match=r"data_batch_1 is refused as a pickle: it asks for (posix|nt).system"):
        read_python(path)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "batch",
    [
        [],
        {},
        {b"data": np.zeros((2, 3072), np.uint8)},
        {b"data": np.zeros((2, 3072), np.int64), b"labels": [0, 1]},
        {b"data": np.zeros((2, 100), np.uint8), b"labels": [0, 1]},
        {b"data": np.zeros(3072, np.uint8), b"labels": [0]},
        {b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]},
        {b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, "1"]},
        {b"data": np.zeros((2, 3072), np.uint8), b"labels": (0, 1)},
    ],
)
def test_a_pickle_that_holds_something_else(tmp_path: Path, batch: Any) -> None:
    members = python_members() | {"cifar-10-batches-py/data_batch_4": pickle.dumps(batch, 2)}
    with pytest.raises(StudyError, match="data_batch_4 does not hold images and labels as CIFAR-10 does"):
        read_python(pack(tmp_path / "a.tar.gz", members))
