"""Folders as people bring them: each is read as it is meant, or its one line says what it holds and what is wanted."""

from pathlib import Path

import pytest
from image_folders import Files, files, png, write

from study.data.dataset import Dataset
from study.data.sources import folder
from study.errors import StudyError

CLASSES = ("cat", "dog")


def moved(content: Files, **prefixes: str) -> dict[str, bytes]:
    """The files of a split elsewhere: moved(files(), train="train/train")."""
    found = {}
    for name, data in content.items():
        split, _, rest = name.partition("/")
        found[f"{prefixes.get(split, split)}/{rest}".lstrip("/")] = data
    return found


def only(split: str, **changes: int) -> dict[str, bytes]:
    return {name: data for name, data in files(**changes).items() if name.startswith(split)}  # type: ignore[arg-type]


def load(where: Path, content: Files) -> Dataset:
    return folder.load(write(where, content, "folder"), Path("/nonexistent"), 8)


def load_test(where: Path, content: Files) -> folder.Labelled:
    return folder.load_test(write(where, content, "folder"), 8, lambda classes: None)


def refusal(where: Path, content: Files, test: bool = False) -> str:
    with pytest.raises(StudyError) as caught:
        (load_test if test else load)(where, content)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def reds(data: Dataset) -> tuple[list[int], list[int]]:
    return data.train.images[:, 0, 0, 0].tolist(), data.test.images[:, 0, 0, 0].tolist()


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train/train", "test/test"),  # Kaggle packs a folder of the archive's name into the archive
        ("train/train", "test"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("Training", "Testing"),
        ("TRAIN", "Test"),
        ("train", "val"),
        ("train", "valid"),
        ("train/images", "validation/images"),
        ("pets/train", "pets/test"),
        ("archive/pets v1.0/train", "archive/pets v1.0/test"),
        ("archive/pets/train/train", "archive/pets/val/val"),
        ("train_images", "test_images"),
        ("pets-train", "pets-test"),
    ],
)
def test_splits_wherever_they_stand(tmp_path: Path, train: str, test: str) -> None:
    content = moved(files(), train=train, test=test)
    data = load(tmp_path, content)
    assert data.classes == CLASSES
    assert reds(data) == ([0, 1, 2, 10, 11, 12], [100, 101, 110, 111])
    assert data.train.labels.tolist() == [0, 0, 0, 1, 1, 1] and data.test.labels.tolist() == [0, 0, 1, 1]
    said = "validation images are the test images" in data.notes
    assert said == ("val" in test) and not data.caveats
    assert not any("ignored" in note for note in data.notes)


def test_a_folder_too_many_in_each_class(tmp_path: Path) -> None:
    """Tiny ImageNet: <class>/images/*, beside a text with boxes."""
    content = {name.replace("/cat/", "/cat/images/").replace("/dog/", "/dog/images/"): d for name, d in files().items()}
    data = load(tmp_path, content | {"train/cat/cat_boxes.txt": b"1 2 3"})
    assert data.classes == CLASSES and reds(data)[0] == [0, 1, 2, 10, 11, 12]
    assert data.notes == ("1 file outside the folders of classes ignored",)


def test_several_folders_in_a_class_are_not_guessed_at(tmp_path: Path) -> None:
    inner = {"train/fox/red/1.png": png(1), "train/fox/grey/1.png": png(2), "test/fox/1.png": png(3)}
    said = refusal(tmp_path, files() | inner)
    assert "train/fox/ holds no images but folders (train/fox/grey/, train/fox/red/): it needs train/<class>/*" in said


def test_two_data_sets_are_not_guessed_at(tmp_path: Path) -> None:
    content = {f"{top}/{name}": data for top in ("a", "b") for name, data in files().items()}
    assert "holds more than one data set (a/ and b/): give one of them" in refusal(tmp_path, content)
    assert load(tmp_path / "inner", files() | content).notes == ("20 files outside the folders of classes ignored",)


def test_validation_beside_test_is_left_out_and_said_so(tmp_path: Path) -> None:
    data = load(tmp_path, files() | moved(only("test"), test="val"))
    assert reds(data) == ([0, 1, 2, 10, 11, 12], [100, 101, 110, 111])
    assert data.notes == ("4 validation images not used: a study holds its own out of train",)


@pytest.mark.parametrize("prefix", ["train", "train/train", "", "pets", "archive/pets"])
def test_train_alone_is_split_and_said_so(tmp_path: Path, prefix: str) -> None:
    data = load(tmp_path, moved(only("train", train=10), train=prefix))
    again = load(tmp_path, moved(only("train", train=10), train=prefix))
    train, test = reds(data)
    assert (len(train), len(test)) == (16, 4) and reds(again) == (train, test)
    assert sorted(train + test) == [*range(20)] and data.test.labels.tolist() == [0, 0, 1, 1]
    assert all((value >= 10) == label for value, label in zip(train, data.train.labels.tolist(), strict=True))
    assert any("no test split: 20% of each class, 4 images, were split off" in note for note in data.notes)
    assert any("split off from one collection" in caveat for caveat in data.caveats)


def test_another_class_does_not_change_what_is_split_off(tmp_path: Path) -> None:
    both = load(tmp_path / "a", only("train", train=10))
    more = load(tmp_path / "b", only("train", train=10) | {f"train/fox/{i}.png": png(100 + i) for i in range(10)})
    assert [value for value in reds(more)[1] if value < 100] == reds(both)[1]


def test_images_to_predict_for_a_competition_are_no_test_images(tmp_path: Path) -> None:
    """Kaggle's test folder has no classes: nothing can be measured on it."""
    for heap in ("test", "test1", "test/test", "test/images"):
        data = load(tmp_path / heap, only("train", train=10) | {f"{heap}/{i}.png": png(200) for i in range(3)})
        assert (len(data.train), len(data.test)) == (16, 4) and data.classes == CLASSES
        assert any(f"({heap.split('/')[0]}/" in note and "without folders of classes" in note for note in data.notes)
        assert "3 files outside the folders of classes ignored" in data.notes


def test_validation_stands_in_for_a_test_split_without_classes(tmp_path: Path) -> None:
    data = load(tmp_path, moved(files(), test="valid") | {"test/0.png": png(200)})
    assert reds(data)[1] == [100, 101, 110, 111]
    assert data.notes[0].startswith("validation images are the test images (test/: images without folders of classes)")


def test_a_class_called_train_is_a_class(tmp_path: Path) -> None:
    vehicles = ("bus", "car", "train")
    assert load(tmp_path / "a", files(vehicles)).classes == vehicles
    flat = {name.partition("/")[2]: data for name, data in files(vehicles, train=5).items() if name.startswith("train")}
    assert load(tmp_path / "b", flat).classes == vehicles


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (only("test"), "has no train/<class>/ folders: training needs train/<class>/*; images to evaluate"),
        (moved(only("test"), test="val"), "has no train/<class>/ folders"),
        ({"train/1.png": b"", "test/1.png": b""}, "it holds test/ (1 file), train/ (1 file)"),
        (
            {"cats.zip": b"", "readme.txt": b""},
            "it needs train/<class>/* and test/<class>/*, or <class>/* alone; it holds",
        ),
        ({}, "it is empty"),
        ({"1.jpg": b"", "2.jpg": b""}, "it holds 1.jpg, 2.jpg"),
        ({f"{i:02}.jpg": b"" for i in range(50)}, "06.jpg, 07.jpg and 42 more"),
        (
            files() | {"train/Fox/1.png": b"", "test/fox/1.png": b""},
            "class 'fox' stands in test but not in train (did you mean 'Fox'?) (test: cat, dog, fox; train: Fox, cat",
        ),
        (
            files() | {"train/tiger/1.png": b"", "test/tigr/1.png": b""},
            "class 'tigr' stands in test but not in train (did you mean 'tiger'?)",
        ),
        (
            {f"train/c{i}/1.png": b"" for i in range(30)} | {f"test/c{i}/1.png": b"" for i in range(29)},
            "class 'c29' stands in train but not in test",
        ),
        (
            {"train_a/x/1.png": b"", "train_a/y/1.png": b"", "train_b/x/1.png": b"", "train_b/y/1.png": b""},
            "train_a/ and train_b/ both look like train images: leave one",
        ),
        (moved(files(), test="val") | {"valid/cat/1.png": b"", "valid/dog/1.png": b""}, "both look like validation"),
        ({"cat/train/1.png": b"", "cat/test/1.png": b"", "dog/train/1.png": b""}, "cat/ holds no images but folders"),
        ({"train/fox/": b"", **only("train")}, "train/fox/ is empty"),
    ],
)
def test_what_was_found_stands_beside_what_was_wanted(tmp_path: Path, content: Files, message: str) -> None:
    (tmp_path / "pets").mkdir()
    assert message in refusal(tmp_path, content)


@pytest.mark.parametrize("test", ["test", "test/test", "val", "Testing"])
def test_test_alone_is_enough_to_evaluate(tmp_path: Path, test: str) -> None:
    data = load_test(tmp_path, moved(only("test"), test=test))
    assert data.classes == CLASSES and data.examples.images[:, 0, 0, 0].tolist() == [100, 101, 110, 111]
    assert data.examples.labels.tolist() == [0, 0, 1, 1] and data.name == "pets"


def test_classes_alone_are_all_evaluated(tmp_path: Path) -> None:
    data = load_test(tmp_path, moved(only("test"), test=""))
    assert data.examples.images[:, 0, 0, 0].tolist() == [100, 101, 110, 111]
    assert data.notes == ("there is no test/ folder: all 4 images evaluated",)


def test_train_alone_is_evaluated_on_what_a_study_would_test_on(tmp_path: Path) -> None:
    content = only("train", train=10)
    assert load_test(tmp_path, content).examples.images[:, 0, 0, 0].tolist() == reds(load(tmp_path, content))[1]


def test_training_images_are_neither_read_nor_decoded_to_evaluate(tmp_path: Path) -> None:
    broken = {name: b"no image" if name.startswith("train") else data for name, data in files().items()}
    assert len(load_test(tmp_path, broken).examples) == 4


def test_classes_are_checked_before_an_image_is_decoded(tmp_path: Path) -> None:
    def refuse(classes: tuple[str, ...]) -> None:
        raise StudyError(f"not {', '.join(classes)}")

    path = write(tmp_path, dict.fromkeys(files(), b"no image"), "folder")
    with pytest.raises(StudyError, match=r"^not cat, dog$"):
        folder.load_test(path, 8, refuse)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"test/1.png": b""}, "has no train/<class>/ folders"),
        (files() | {"train/fox/1.png": b""}, "class 'fox' stands in train but not in test"),
        (only("test") | {"test/fox/": b""}, "test/fox/ is empty"),
        ({"test/cat/1.png": png(1)}, "fewer than two classes (only 'cat')"),
        ({"test/cat/1.png": b"", "test/dog/1.png": png(1)}, "test/cat/1.png is no readable image"),
    ],
)
def test_mistakes_of_images_to_evaluate_on(tmp_path: Path, content: Files, message: str) -> None:
    assert message in refusal(tmp_path, content, test=True)


def test_counting_reads_no_image(tmp_path: Path) -> None:
    assert folder.count_train(write(tmp_path / "a", dict.fromkeys(files(), b""), "folder")) == 6
    assert folder.count_train(write(tmp_path / "b", dict.fromkeys(only("train", train=10), b""), "folder")) == 16


def test_a_circle_of_links_is_left(tmp_path: Path) -> None:
    path = write(tmp_path, moved(files(), train="a/b/train", test="a/b/test"), "folder")
    (path / "a" / "b" / "up").symlink_to(path)
    (path / "a" / "again").symlink_to(path / "a")
    assert folder.load(path, Path("/nonexistent"), 8).notes == ()
