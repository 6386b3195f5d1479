"""Folders, npz and params files mutated at random (seeded): each is read right, or refused in one line.

Right means what the definition says: pixels carry the number of their class and file, so an image under a wrong label,
or one of training among those of the test, is seen.
"""

import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from image_folders import png, write

from pipelines import files
from pipelines.foreign_data import prepare
from pipelines.plan import expected
from study.data.sources import folder
from study.errors import StudyError

PRESET = Path(__file__).parents[2] / "pipelines/presets/smoke.yaml"
NAMES = ("ant", "bee", "cat", "dog")
TEST = 128  # red of test images; train below


@dataclass(frozen=True)
class Counts:
    """How many were read, and how many refused."""

    read: int
    refused: int


def tally(cases: range, one: Callable[[int], None]) -> Counts:
    """Run the cases; a refusal is a StudyError in one line, anything else fails the test."""
    refused = 0
    for case in cases:
        try:
            one(case)
        except StudyError as error:
            refused += 1
            assert "\n" not in str(error) and len(str(error)) > 10, case
    return Counts(len(cases) - refused, refused)


def image(split: str, label: int, number: int) -> bytes:
    return png(TEST * (split == "test") + 16 * label + number, 4)


def odd_folder(rng: random.Random) -> dict[str, bytes]:
    """Two splits of up to four classes, then arranged and damaged as people do."""
    names = NAMES[: rng.randint(1, 4)]
    content = {
        f"{split}/{name}/{number}.png": image(split, label, number)
        for split in ("train", "test")
        for label, name in enumerate(names)
        for number in range(rng.randint(1, 4))
    }
    for _ in range(rng.randint(0, 3)):
        content = rng.choice(CHANGES)(content, rng)
    return content


def renamed(old: str, new: str) -> Callable[[dict[str, bytes], random.Random], dict[str, bytes]]:
    return lambda content, rng: {name.replace(old, new, 1): data for name, data in content.items()}


def damaged(content: dict[str, bytes], rng: random.Random) -> dict[str, bytes]:
    name = rng.choice(sorted(content))
    data = bytearray(content[name])
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return content | {name: bytes(data[: rng.choice((len(data), len(data) // 2))])}


def lost(content: dict[str, bytes], rng: random.Random) -> dict[str, bytes]:
    victim = rng.choice(("test/", "train/", "train/ant", "test/bee", "cat", rng.choice(sorted(content))))
    return {name: data for name, data in content.items() if not name.startswith(victim)} or {"a.txt": b""}


def added(content: dict[str, bytes], rng: random.Random) -> dict[str, bytes]:
    extra = ("readme.txt", "train/list.csv", "test/7.png", "train/ant/more/9.png", "valid/ant/1.png", "x/y/z/w.png")
    return content | {rng.choice(extra): png(255, 4)}


CHANGES: tuple[Callable[[dict[str, bytes], random.Random], dict[str, bytes]], ...] = (
    renamed("train/", "train/train/"),
    renamed("test/", "test/test/"),
    renamed("test/", "val/"),
    renamed("test/", "Testing/"),
    renamed("train/", "seg_train/"),
    renamed("", "pets/"),
    renamed("", "a/b/"),
    renamed("train/", ""),
    renamed("ant/", "ant/images/"),
    renamed("bee", "Bee"),
    renamed("/", "//"),
    damaged,
    damaged,
    lost,
    added,
)


def test_two_hundred_odd_folders(tmp_path: Path) -> None:
    def one(case: int) -> None:
        rng = random.Random(case)
        where = tmp_path / str(case)
        where.mkdir()
        path = write(where, odd_folder(rng), rng.choice(("folder", "zip")))
        if case % 2:
            dataset = folder.load(path, tmp_path, 4)
            parts = {"train": dataset.train, "test": dataset.test}
            whole, classes = any("split off" in note for note in dataset.notes), dataset.classes
        else:
            found = folder.load_test(path, 4, lambda classes: None)
            parts, classes = {"test": found.examples}, found.classes
            whole = any("split off" in note or "no test/ folder" in note for note in found.notes)
        for split, part in parts.items():
            assert len(part), case
            for pixels, label in zip(part.images, part.labels, strict=True):
                if len(np.unique(pixels.reshape(-1, 3), axis=0)) == 1 and pixels[0, 0, 1:].tolist() == [0, 0]:
                    red = int(pixels[0, 0, 0])
                    if red == 255:  # one of those added: it has no class of its own
                        continue
                    name = classes[int(label)].lower()
                    assert name.endswith(NAMES[red % TEST // 16]), (case, name, red)
                    assert whole or (red >= TEST) == (split == "test"), (case, split, red)

    counts = tally(range(200), one)
    assert counts.read >= 50 and counts.refused >= 50, counts


PIXELS = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 3), dtype=np.uint8)
TRUTH = np.arange(8) % 4
IMAGES: tuple[Callable[[Any], Any], ...] = (
    lambda images: images,
    lambda images: images / 255,
    lambda images: images.astype(np.float32),
    lambda images: images.astype(np.int32),
    lambda images: images.transpose(0, 3, 1, 2),
    lambda images: images / 127.5 - 1,
    lambda images: images.astype(object),
    lambda images: images[:5],
    lambda images: images.reshape(8, -1),
    lambda images: images.astype("U3"),
)
LABELS: tuple[Callable[[Any], Any], ...] = (
    lambda labels: labels,
    lambda labels: labels.astype(np.float64),
    lambda labels: labels[:, None],
    lambda labels: np.eye(4)[labels],
    lambda labels: np.array(NAMES)[labels],
    lambda labels: np.array(NAMES).astype("S")[labels],
    lambda labels: np.array(NAMES, object)[labels],
    lambda labels: labels + 1,
    lambda labels: labels - 0.5,
    lambda labels: labels.astype("M8[s]"),
)
PAIRS_OF = (
    "images labels, x y, x_test y_test, arr_0 arr_1, testX testY, x_train y_train, x_train y_test, q r, y x, a a_"
)
PAIRS: Any = tuple(tuple(pair.split()) for pair in PAIRS_OF.split(", "))


def test_two_hundred_odd_npz(tmp_path: Path) -> None:
    def one(case: int) -> None:
        rng = random.Random(case)
        (x, y), images, labels = (rng.choice(kinds[: rng.choice((5, 10))]) for kinds in (PAIRS, IMAGES, LABELS))
        arrays = {x: images(PIXELS), y: labels(TRUTH)}
        arrays |= {"x_train": np.zeros((3, 4, 4, 3)), "y_train": np.zeros(3)} if rng.random() < 0.2 else {}
        buffer = io.BytesIO()
        (np.savez if rng.random() < 0.7 else np.savez_compressed)(buffer, **arrays)
        data = bytearray(buffer.getvalue())
        for _ in range(rng.choice((0, 0, 0, 1, 8))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path = tmp_path / f"{case}.npz"
        path.write_bytes(data[: rng.choice((len(data), len(data), len(data), len(data) // 2))])
        found = prepare(path, tmp_path / "s", 4, 4)
        arrays = files.read_npz(found.npz)
        assert np.array_equal(arrays["images"], PIXELS), case
        assert np.array_equal(arrays["labels"], TRUTH), case

    counts = tally(range(200), one)
    assert counts.read >= 30 and counts.refused >= 80, counts


def mutated(text: str, rng: random.Random) -> str:
    """One line lost, doubled, swapped, indented or mistyped; or a value of another kind."""
    lines = text.splitlines()
    at = rng.randrange(1, len(lines))
    key, colon, value = lines[at].partition(":")
    values = (
        "null",
        "-1",
        "x",
        "[]",
        "{}",
        "1e9",
        ".inf",
        ".nan",
        "true",
        "1e-3",
        "[1, [2]]",
        "2",
        "7",
        "0.5",
        "*a",
        "&a [*a]",
        "'0'",
    )
    change = rng.choice((0, 1, 2, 2, 2, 3, 4, 5, 6))
    if change == 0:
        del lines[at]
    elif change == 1:
        lines.insert(at, lines[at])
    elif change == 2:
        lines[at] = f"{key}{colon} {rng.choice(values)}"
    elif change == 3:
        lines[at] = "  " + lines[at]
    elif change == 4:
        cut = rng.randrange(len(lines[at]))
        lines[at] = lines[at][:cut] + rng.choice("abz_:- \t#{[&*!|>'%@`\0\x85é") + lines[at][cut + 1 :]
    elif change == 5:
        lines[at] = f"{key}{rng.choice('sxe')}{colon}{value}"
    else:
        other = rng.randrange(1, len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


def test_two_hundred_odd_params_files(tmp_path: Path) -> None:
    """What is planned says what the file says: as many seeds, networks and schemes as stand there."""
    params = tmp_path / "params.yaml"

    def one(case: int) -> None:
        rng = random.Random(case)
        params.write_text(mutated(PRESET.read_text(), rng))
        planned = yaml.safe_load(expected(params))
        values = yaml.safe_load(params.read_text())
        assert planned["dataset"]["source"] == values["data"]["source"], case
        assert {cell["seed"] for cell in planned["trained"].values()} == set(values["grid"]["seeds"]), case
        assert values["data"]["calibration_images"] <= 1294, case

    counts = tally(range(200), one)
    assert counts.read >= 10 and counts.refused >= 80, counts


def test_a_hundred_cut_zips(tmp_path: Path) -> None:
    """Cut or changed anywhere, a zip is refused or gives the very images."""
    content = {
        f"{s}/{n}/{i}.png": image(s, k, i) for s in ("train", "test") for k, n in enumerate(NAMES) for i in (0, 1)
    }
    whole = write(tmp_path, content, "zip").read_bytes()
    right = folder.load(tmp_path / "pets.zip", tmp_path, 4)
    path = tmp_path / "cut" / "pets.zip"
    path.parent.mkdir()

    def one(case: int) -> None:
        rng = random.Random(case)
        data = bytearray(whole)
        for _ in range(rng.choice((0, 1, 4))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data if rng.random() < 0.8 else data[: rng.randrange(len(data))])
        found = folder.load(path, tmp_path, 4)
        for split in ("train", "test"):
            here, there = getattr(found, split), getattr(right, split)
            if len(here) == len(there):  # a changed name may leave one out, which the notes say
                assert np.array_equal(here.images, there.images) and np.array_equal(here.labels, there.labels), case
            else:
                assert any("ignored" in note or "split" in note for note in found.notes), case

    counts = tally(range(100), one)
    assert counts.read >= 15 and counts.refused >= 30, counts


@pytest.mark.parametrize("name", ["evil\n.png", "a\\b.png", "con.png"])
def test_names_of_other_systems_in_a_zip(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, b"")
    with pytest.raises(StudyError):
        folder.load(tmp_path / "a.zip", tmp_path, 4)
