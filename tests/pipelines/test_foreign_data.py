"""What is brought to `evaluate`: an npz of any names, a folder or a zip; nothing of training is read."""

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_folders import files as image_files
from image_folders import write

from pipelines import files
from pipelines.foreign_data import prepare
from study.errors import StudyError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 5, 3), dtype=np.uint8)
TRUTH = np.array([2, 0, 1, 2, 1, 0])


class Bomb:
    """A pickle that would leave a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def refusal(path: Path, scratch: Path, outputs: int | None = 3) -> str:
    with pytest.raises(StudyError) as caught:
        prepare(path, scratch, 8, outputs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_npz_as_the_study_writes_it_stays_as_it_is(tmp_path: Path) -> None:
    files.write_npz(tmp_path / "a.npz", images=PIXELS, labels=TRUTH)
    found = prepare(tmp_path / "a.npz", tmp_path / "s", None, 3)
    assert (found.name, found.classes, found.notes) == ("a", ("0", "1", "2"), ())
    assert found.npz.read_bytes() == (tmp_path / "a.npz").read_bytes()


def test_an_npz_of_others_arrives_in_the_same_form(tmp_path: Path) -> None:
    files.write_npz(tmp_path / "a.npz", images=PIXELS, labels=TRUTH)
    text = np.array(["ant", "cat", "dog"])[TRUTH]
    files.write_npz(tmp_path / "b.npz", x_train=PIXELS[:1], y_train=text[:1], x_test=PIXELS / 255, y_test=text)
    a, b = (prepare(tmp_path / f"{name}.npz", tmp_path / name, None, 3) for name in "ab")
    assert b.npz.read_bytes() == a.npz.read_bytes() and b.classes == ("ant", "cat", "dog")
    assert b.notes == (
        "b.npz: images are 'x_test', labels 'y_test'",
        "b.npz: images [6, 5, 5, 3]: float64 0..1 taken times 255",
        "text labels in alphabetical order: ant, cat, dog",
    )


def test_training_arrays_are_not_read(tmp_path: Path) -> None:
    train = np.array([{}], dtype=object)  # cannot be read at all
    np.savez(tmp_path / "a.npz", x_train=train, y_train=train, x_test=PIXELS, y_test=TRUTH)
    assert prepare(tmp_path / "a.npz", tmp_path / "s", None, 3).classes == ("0", "1", "2")


@pytest.mark.parametrize("key", ["images", "labels"])
def test_a_pickle_inside_is_named_and_never_run(tmp_path: Path, key: str) -> None:
    bomb = np.array([Bomb(tmp_path / "boom")] * 6, dtype=object)
    np.savez(tmp_path / "a.npz", **{"images": PIXELS, "labels": TRUTH, key: bomb})
    said = refusal(tmp_path / "a.npz", tmp_path / "s")
    assert f"a.npz: '{key}' holds Python objects, which only pickle reads, and a pickle may run any code" in said
    with pytest.raises(StudyError, match=r"a\.npz holds an array of Python objects, which only pickle reads"):
        files.read_npz(tmp_path / "a.npz")
    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY"])
def test_what_is_no_npz(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    assert "a.npz is truncated or not an npz file" in refusal(tmp_path / "a.npz", tmp_path / "s")


def test_an_array_that_announces_more_than_there_is(tmp_path: Path) -> None:
    header = b"{'descr': '<i8', 'fortran_order': False, 'shape': (999999999999,), }".ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name in ("images", "labels"):
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00\x76\x00" + header)
    assert "a.npz" in refusal(tmp_path / "a.npz", tmp_path / "s")


def test_classes_are_counted_before_images_are_read(tmp_path: Path) -> None:
    large = np.tile(PIXELS, (1, 20, 20, 1))
    files.write_npz(tmp_path / "a.npz", images=large, labels=TRUTH)
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(whole.replace(large.tobytes(), bytes(large.nbytes)))  # fails its checksum
    said = refusal(tmp_path / "a.npz", tmp_path / "s", outputs=10)
    assert "a.npz: the model has 10 outputs and the data 3 classes (0, 1, 2): they must be the same" in said
    assert "a.npz is truncated" in refusal(tmp_path / "a.npz", tmp_path / "s", outputs=3)
    path = write(tmp_path, dict.fromkeys(image_files(), b"no image"), "folder")
    assert f"{path}: the model has 10 outputs and the data 2 classes (cat, dog)" in refusal(path, tmp_path / "s", 10)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_folder_or_zip(tmp_path: Path, form: str) -> None:
    content = image_files()
    content |= {name: b"no image" for name in content if name.startswith("train")}
    found = prepare(write(tmp_path, content, form), tmp_path / "s", 8, 2)
    arrays = files.read_npz(found.npz)
    assert arrays["images"][:, 0, 0, 0].tolist() == [100, 101, 110, 111] and arrays["labels"].tolist() == [0, 0, 1, 1]
    assert (found.name, found.classes, found.notes) == ("pets", ("cat", "dog"), ())


def test_caveats_are_said(tmp_path: Path) -> None:
    found = prepare(write(tmp_path, image_files(train=0), "folder"), tmp_path / "s", 20, 2)
    assert found.notes == ("4 images resized to 20x20 (bicubic, aspect ratio not kept)",)
    with pytest.raises(StudyError, match="is not square: give an npz"):
        prepare(tmp_path / "pets", tmp_path / "s", None, 2)
