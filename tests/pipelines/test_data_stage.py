"""The data stage: four splits and their card, the same bytes each time, one line for a mistake."""

import json
import sys
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest
import yaml
from PIL import Image

from pipelines import data
from pipelines.files import read_npz
from study.data.sources import SOURCES
from study.errors import StudyError
from study.registry import load

SECTION = {
    "source": "digits",
    "path": None,
    "image_size": 32,
    "train_limit": 100,
    "test_limit": 50,
    "validation_fraction": 0.2,
    "calibration_images": 20,
    "seed": 0,
}
SPLITS = ("train", "validation", "test", "calibration")


def arguments(folder: Path, **changes: Any) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "params.yaml").write_text(yaml.safe_dump({"data": SECTION | changes}))
    return [
        "--params",
        str(folder / "params.yaml"),
        "--out",
        str(folder / "out"),
        "--cache",
        str(folder / "cache"),
    ]


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, **changes: Any) -> Path:
    monkeypatch.setattr(sys, "argv", ["data", *arguments(folder, **changes)])
    data.main()
    return folder / "out"


def image_folder(folder: Path) -> Path:
    for split, count in (("train", 10), ("test", 5)):
        for k, name in enumerate(("Katze 🐈", "dog")):
            (folder / split / name).mkdir(parents=True)
            for i in range(count):
                colour = (i, 100 * k, 200 * (split == "test"))
                Image.new("RGB", (40, 30), colour).save(folder / split / name / f"{i}.jpg")
    return folder


def test_files_and_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(monkeypatch, tmp_path)
    assert {path.name for path in out.iterdir()} == {*(f"{name}.npz" for name in SPLITS), "card.json"}
    card = json.loads((out / "card.json").read_text())
    assert card["counts"] == {"train": 80, "validation": 20, "test": 50, "calibration": 20}
    assert card["classes"] == list("0123456789")
    for name in SPLITS:
        arrays = read_npz(out / f"{name}.npz")
        assert arrays["images"].shape == (card["counts"][name], 32, 32, 3)
        assert (arrays["images"].dtype, arrays["labels"].dtype) == (np.uint8, np.int64)
        counts = np.bincount(arrays["labels"], minlength=10).tolist()
        assert card["per_class"][name] == dict(zip(card["classes"], counts, strict=True))
    assert set(card) == {
        "source",
        "name",
        "classes",
        "image_size",
        "counts",
        "per_class",
        "fingerprint",
        "caveats",
        "notes",
        "is_cifar10_classes",
        "is_original_cifar10",
    }
    assert (card["source"], card["name"], card["image_size"]) == ("digits", "digits", 32)
    assert (card["is_cifar10_classes"], card["is_original_cifar10"]) == (False, False)
    printed = capsys.readouterr().out
    assert printed.startswith("digits: 10 classes, 32x32, 80 train, 20 validation, 50 test, 20 calibration\n")
    for kind in ("notes", "caveats"):
        assert all(f"{kind[:-1]}: {line}" in printed for line in card[kind])


def test_an_image_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = image_folder(tmp_path / "pets")
    out = run(monkeypatch, tmp_path, source="folder", path=str(path), calibration_images=4)
    card = json.loads((out / "card.json").read_text())
    assert card["classes"] == ["Katze 🐈", "dog"]
    assert card["counts"] == {"train": 16, "validation": 4, "test": 10, "calibration": 4}
    assert card["notes"] == ["30 images resized to 32x32 (bicubic, aspect ratio not kept)"]
    assert card["caveats"][0].startswith("images were decoded from JPEG files")


def test_same_input_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (run(monkeypatch, tmp_path / name) for name in "ab")
    for name in (*(f"{split}.npz" for split in SPLITS), "card.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_the_seed_reaches_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = [json.loads((run(monkeypatch, tmp_path / str(s), seed=s) / "card.json").read_text()) for s in (0, 1)]
    assert cards[0]["fingerprint"] != cards[1]["fingerprint"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": "imagenet"}, "data.source"),
        ({"colour": "red"}, "data.colour"),
        ({"image_size": "32"}, "data.image_size"),
        ({"validation_fraction": 1.0}, "data.validation_fraction"),
        ({"seed": -1}, "data.seed"),
        ({"train_limit": 5}, "data.train_limit is 5"),
        ({"calibration_images": 81}, "data.calibration_images is 81"),
        ({"path": "x"}, "data.path is set"),
        ({"source": "folder"}, "data.path is null"),
        ({"source": "folder", "path": "/nonexistent/pets"}, "/nonexistent/pets does not exist"),
        ({"source": "cifar10", "path": "/nonexistent/a.tar.gz"}, "/nonexistent/a.tar.gz does not exist"),
    ],
)
def test_mistakes_name_their_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        run(monkeypatch, tmp_path, **changes)
    assert not (tmp_path / "out").exists()


def test_a_mistake_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = commands.outcome(data, *arguments(tmp_path, source="folder", path=str(tmp_path / "no")))
    assert done.returncode == 2
    assert done.stderr == f"error: {tmp_path}/no does not exist: correct data.path\n"


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_can_be_loaded(name: str) -> None:
    """One contract for the axis: load(path, cache, image_size); a path that is nowhere is refused."""
    with pytest.raises(StudyError, match=r"data\.path"):
        load(SOURCES, name, "load")(Path("/nonexistent/x"), Path("/nonexistent/cache"), 32)
