"""A folder and a zip of the same images give the same data set; every mistake gets its own line."""

import os
import struct
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from image_folders import Files, files, png, write

from study.data.dataset import CIFAR10_CLASSES, Dataset
from study.data.sources import folder, tree
from study.errors import StudyError


def load(path: Path, size: int = 8) -> Dataset:
    return folder.load(path, Path("/nonexistent"), size)


@pytest.fixture(params=["folder", "zip"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("top", ["", "pets/", "my pets v1.0/"])
def test_classes_and_images_are_sorted_by_name(tmp_path: Path, form: str, top: str) -> None:
    data = load(write(tmp_path, files(top=top), form))
    assert data.name == "pets"
    assert data.classes == ("cat", "dog")
    assert data.train.images[:, 0, 0, 0].tolist() == [0, 1, 2, 10, 11, 12]
    assert data.train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.test.images[:, 0, 0, 0].tolist() == [100, 101, 110, 111]
    assert data.test.labels.tolist() == [0, 0, 1, 1]
    assert (data.train.images.dtype, data.train.labels.dtype) == (np.uint8, np.int64)
    assert (data.notes, data.caveats) == ((), ())
    assert not data.is_original_cifar10


def test_any_class_names(tmp_path: Path, form: str) -> None:
    names = ("Größe", "a", "a b", "a-b", "emoji 🐈", "猫", "quote'\"<b>")
    data = load(write(tmp_path, files(names), form))
    assert data.classes == tuple(sorted(names))
    expected = [10 * names.index(c) + i for c in data.classes for i in range(3)]
    assert data.train.images[:, 0, 0, 0].tolist() == expected


def test_names_are_composed(tmp_path: Path, form: str) -> None:
    """macOS hands out decomposed names: the class is the same one."""
    apart = {unicodedata.normalize("NFD", name): data for name, data in files(("café", "thé")).items()}
    assert load(write(tmp_path, apart, form)).classes == (unicodedata.normalize("NFC", "café"), "thé")


def test_utf8_names_that_a_zip_does_not_declare(tmp_path: Path) -> None:
    path = write(tmp_path, {n.replace("x", "é"): d for n, d in files(("xa", "xb")).items()}, "zip")
    path.write_bytes(clear_utf8_flags(path.read_bytes()))
    assert load(path).classes == ("éa", "éb")


def clear_utf8_flags(data: bytes) -> bytes:
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            flags = struct.unpack_from("<H", data, at + offset)[0] & ~0x800
            data = data[: at + offset] + struct.pack("<H", flags) + data[at + offset + 2 :]
            at = data.find(signature, at + 4)
    return data


def test_backslashes_of_windows_zips(tmp_path: Path) -> None:
    data = load(write(tmp_path, {name.replace("/", "\\"): d for name, d in files().items()}, "zip"))
    assert data.classes == ("cat", "dog")


def test_junk_of_desktops_is_ignored(tmp_path: Path, form: str) -> None:
    junk = ["__MACOSX/train/cat/._0.png", ".DS_Store", "train/.DS_Store", "train/cat/.DS_Store"]
    junk += ["test/cat/._1.png", "train/.hidden/0.png", "train/dog/Thumbs.db", "train/dog/desktop.ini"]
    junk += [".git/train/x/y.png"]
    data = load(write(tmp_path, files() | dict.fromkeys(junk, b"junk"), form))
    assert data.classes == ("cat", "dog")
    assert data.notes == ()


def test_files_elsewhere_are_ignored_and_said_so(tmp_path: Path, form: str) -> None:
    extra = {"train/list.csv": b"", "README.txt": b"", "train/cat/more/5.png": png(1), "val/": b""}
    data = load(write(tmp_path, files() | extra, form))
    assert len(data.train) == 6
    assert data.notes == ("3 files outside the folders of classes ignored",)


def test_a_text_beside_the_top_folder(tmp_path: Path, form: str) -> None:
    assert load(write(tmp_path, files(top="pets/") | {"README.txt": b""}, form)).classes == ("cat", "dog")


def test_conversions_are_counted_in_the_notes(tmp_path: Path, form: str) -> None:
    content = files() | {
        "train/cat/0.png": png(1, mode="L"),
        "test/dog/0.png": png(2, mode="L"),
        "train/dog/1.png": png(3, mode="P"),
        "train/dog/2.png": png(3, mode="RGBA"),
        "train/cat/big.png": png(5, size=20),
    }
    data = load(write(tmp_path, content, form))
    assert data.notes == (
        "1 RGBA image converted to RGB",
        "2 grey images converted to RGB",
        "1 palette image converted to RGB",
        "1 image resized to 8x8 (bicubic, aspect ratio not kept)",
    )


def test_jpeg_is_a_caveat(tmp_path: Path, form: str) -> None:
    data = load(write(tmp_path, files() | {"train/cat/0.jpg": png(9, kind="JPEG")}, form))
    assert len(data.caveats) == 1
    assert data.caveats[0].startswith("images were decoded from JPEG files")


@pytest.mark.parametrize(("kind", "caveats"), [("JPEG", 2), ("PNG", 1)])
def test_a_copy_of_cifar10_is_not_the_original(tmp_path: Path, kind: str, caveats: int) -> None:
    content = files(CIFAR10_CLASSES, 1, 1) | {"train/cat/0.png": png(1, kind=kind)}
    data = load(write(tmp_path, content, "folder"))
    assert data.name == "CIFAR-10 (image folder copy)"
    assert data.is_cifar10_classes
    assert not data.is_original_cifar10
    assert len(data.caveats) == caveats
    assert "not comparable" in data.caveats[-1]


def test_links_to_class_folders_are_followed(tmp_path: Path) -> None:
    path = write(tmp_path, files(), "folder")
    (path / "train" / "cat").rename(tmp_path / "elsewhere")
    (path / "train" / "cat").symlink_to(tmp_path / "elsewhere")
    (path / "train" / "dog" / "circle").symlink_to(path)
    assert len(load(path).train) == 6


def without(prefix: str) -> dict[str, bytes]:
    return {name: data for name, data in files().items() if not name.startswith(prefix)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (files() | {"test/fox/1.png": png(1)}, "class 'fox' stands in test but not in train"),
        (files() | {"train/fox/1.png": png(1)}, "class 'fox' stands in train but not in test"),
        (files() | {"train/fox/": b"", "test/fox/1.png": png(1)}, "train/fox/ is empty"),
        (
            files() | {"test/fox/.DS_Store": b"", "test/fox/": b"", "train/fox/1.png": png(1)},
            "test/fox/ is empty",
        ),
        (files(("cat",)), r"fewer than two classes \(only 'cat'\)"),
        (without("train/"), "has no train/<class>/ folders"),
        ({"cat/1.png": png(1), "dog/1.png": png(1)}, "class 'cat' has one image, but without test/<class>/ folders"),
        (
            files() | {"train/cat/notes.txt": b"no image", "test/dog/0.png": b"", "test/dog/1.png": b"x"},
            r"^3 of 11 files are no readable images: train/cat/notes\.txt, test/dog/0\.png, test/dog/1\.png \(none of",
        ),
        ({"train/1.png": png(1), "test/1.png": png(1)}, "has no train/<class>/ folders"),
        ({"readme.txt": b"x"}, "has no train/<class>/ folders"),
        (files() | {"test/dog/x.png": b"no image"}, r"^test/dog/x\.png is no readable image"),
        (files() | {"train/cat/notes.txt": b"no image"}, r"^train/cat/notes\.txt is no readable image"),
        (
            files() | {"test/dog/x.jpg": png(1, 64, kind="JPEG")[:400]},
            r"^test/dog/x\.jpg is no readable image",
        ),
        (files() | {"train/cat/line\nbreak.png": png(1)}, "with control characters"),
    ],
)
def test_each_mistake_has_its_line(tmp_path: Path, form: str, content: Files, message: str) -> None:
    path = write(tmp_path, content, form)
    with pytest.raises(StudyError, match=message):
        load(path)


def test_no_path_and_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"data.path is null"):
        folder.load(None, tmp_path, 8)
    with pytest.raises(StudyError, match="nowhere does not exist"):
        load(tmp_path / "nowhere")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="has no train/<class>/ folders"):
        load(tmp_path)


def test_truncated_and_foreign_zips(tmp_path: Path) -> None:
    path = write(tmp_path, files(), "zip")
    whole = path.read_bytes()
    for data in (whole[:-30], whole[: len(whole) // 2], b"", b"Rar!"):
        path.write_bytes(data)
        with pytest.raises(StudyError, match="neither a folder nor a whole zip file"):
            load(path)


def test_a_flipped_byte_inside_a_zip_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, files(), "zip")
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(StudyError, match=r"t.*png is no readable image \(it cannot be read from the zip"):
        load(path)


@pytest.mark.parametrize("name", ["../evil.png", "train/cat/../../../evil.png", "/etc/evil.png"])
def test_names_that_climb_out_of_a_zip(tmp_path: Path, name: str) -> None:
    with pytest.raises(StudyError, match="unsafe name"):
        load(write(tmp_path, files() | {name: png(1)}, "zip"))


def test_one_name_twice(tmp_path: Path) -> None:
    path = write(tmp_path, files(), "zip")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("train/cat/0.png", png(77))
    with pytest.raises(StudyError, match=r"holds train/cat/0\.png twice"):
        load(path)


def test_an_encrypted_zip(tmp_path: Path) -> None:
    path = write(tmp_path, files(), "zip")
    data = path.read_bytes().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    path.write_bytes(data)
    with pytest.raises(StudyError, match="encrypted"):
        load(path)


def test_a_member_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_BYTES", 100_000)
    path = write(tmp_path, files() | {"train/cat/bomb.png": bytes(100_001)}, "zip")
    with pytest.raises(StudyError, match=r"train/cat/bomb\.png is no readable image \(it unpacks to 100001 bytes"):
        load(path)


def test_a_zip_that_lies_about_the_size_of_a_member(tmp_path: Path) -> None:
    """The header announces 10 bytes; no more than that is ever unpacked."""
    path = write(tmp_path, files() | {"train/cat/bomb.png": bytes(5_000_000)}, "zip")
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", 5_000_000), struct.pack("<I", 10)))
    with pytest.raises(StudyError, match=r"train/cat/bomb\.png is no readable image \(it cannot be read"):
        load(path)


def test_special_files_are_not_opened(tmp_path: Path) -> None:
    path = write(tmp_path, files(), "folder")
    os.mkfifo(path / "train" / "cat" / "pipe.png")
    with pytest.raises(StudyError, match=r"train/cat/pipe\.png is no readable image \(it is not a file"):
        load(path)


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = write(tmp_path, files(), "folder")
    os.mkdir(os.fsencode(path) + b"/train/\xff\xfe")
    with pytest.raises(StudyError, match="not in UTF-8"):
        load(path)


def test_a_broken_link(tmp_path: Path) -> None:
    path = write(tmp_path, files(), "folder")
    (path / "train" / "cat" / "gone.png").symlink_to(tmp_path / "gone")
    with pytest.raises(StudyError, match=r"train/cat/gone\.png is no readable image \(it cannot be read: No such"):
        load(path)
