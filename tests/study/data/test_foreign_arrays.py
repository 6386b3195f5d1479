"""Arrays of an npz by whatever names and types: read right where one reading is possible, else refused in one line."""

from typing import Any

import numpy as np
import pytest

from study.arrays import Array
from study.data.foreign_arrays import Header, Keys, choose, images_of, labels_of
from study.errors import StudyError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (6, 5, 4, 3), dtype=np.uint8)
TRUTH = np.array([2, 0, 1, 2, 1, 0])


def headers(**arrays: Array) -> dict[str, Header]:
    return {name: Header(array.shape, array.dtype) for name, array in arrays.items()}


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(StudyError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("names", "images", "labels"),
    [
        (("images", "labels"), "images", "labels"),
        (("x", "y"), "x", "y"),
        (("X", "Y"), "X", "Y"),
        (("image", "target"), "image", "target"),
        (("arr_0", "arr_1"), "arr_0", "arr_1"),  # np.savez without names
        (("foo", "bar"), "foo", "bar"),
        (("x_train", "y_train", "x_test", "y_test"), "x_test", "y_test"),  # Keras' mnist.npz
        (("train_images", "train_labels", "test_images", "test_labels"), "test_images", "test_labels"),  # MedMNIST
        (("x_train", "y_train", "x_val", "y_val"), "x_val", "y_val"),
        (("trainX", "trainY", "testX", "testY"), "testX", "testY"),
        (("images", "labels", "x_test", "y_test"), "images", "labels"),
    ],
)
def test_names_that_say_what_is_meant(names: tuple[str, ...], images: str, labels: str) -> None:
    arrays = {name: TRUTH if i % 2 else PIXELS for i, name in enumerate(names)}
    assert choose(headers(**arrays)) == Keys(images, labels, None)


def test_names_of_classes_beside_them() -> None:
    names = np.array(["cat", "dog", "fox"])
    assert choose(headers(images=PIXELS, labels=TRUTH, class_names=names)).classes == "class_names"
    assert choose(headers(x=PIXELS, y=TRUTH, classes=names)) == Keys("x", "y", "classes")
    assert choose(headers(x=PIXELS, y=TRUTH, classes=TRUTH)).classes is None


OBJECTS = np.array([PIXELS, None], dtype=object)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "it holds nothing: it needs images [N, H, W, 3] and labels [N], or x_test and y_test"),
        ({"weights": PIXELS}, "it holds 'weights' [6, 5, 4, 3]: it needs"),
        ({"images": PIXELS}, "it holds 'images' [6, 5, 4, 3]: it needs"),
        ({"x_train": PIXELS, "y_train": TRUTH}, "training images alone"),
        ({"x": PIXELS, "images": PIXELS, "y": TRUTH}, "more than one of which could be meant"),
        ({"a": PIXELS, "b": TRUTH, "c": TRUTH}, "'c' [6]: it needs"),
        ({"images": PIXELS, "labels": TRUTH[:5]}, "'images' [6, 5, 4, 3] and 'labels' [5] differ in N"),
        ({"images": PIXELS[:0], "labels": TRUTH[:0]}, "'images' holds no image"),
        ({"images": PIXELS[:2], "labels": OBJECTS}, "'labels' holds Python objects, which only pickle reads"),
        ({"images": OBJECTS, "labels": TRUTH[:2]}, "'images' holds Python objects"),
        ({"x_test": OBJECTS, "y_test": TRUTH[:2]}, "'x_test' holds Python objects"),
    ],
)
def test_names_that_do_not(arrays: dict[str, Array], message: str) -> None:
    assert message in refusal(choose, headers(**arrays))


@pytest.mark.parametrize(
    "labels",
    [
        TRUTH,
        TRUTH.astype(np.uint8),
        TRUTH.astype(">i4"),
        TRUTH.astype(np.float32),
        TRUTH.astype(np.float16),
        TRUTH[:, None],
        np.eye(3)[TRUTH],
        np.eye(3, dtype=np.uint8)[TRUTH],
        np.eye(3, dtype=bool)[TRUTH],
    ],
)
def test_labels_of_every_kind(labels: Array) -> None:
    found, classes = labels_of(labels, None, 3)
    assert found.dtype == np.int64 and found.tolist() == TRUTH.tolist()
    assert classes == ("0", "1", "2")


@pytest.mark.parametrize("kind", ["U", "S"])
def test_text_labels(kind: str) -> None:
    text = np.array(["dog", "ant", "cat", "dog", "cat", "ant"]).astype(kind)
    assert labels_of(text, None, 3)[0].tolist() == TRUTH.tolist()
    assert labels_of(text, None, None)[1] == ("ant", "cat", "dog")
    assert labels_of(text[:, None], None, 3)[0].tolist() == TRUTH.tolist()
    named, classes = labels_of(text, np.array(["eel", "dog", "cat", "ant"]).astype(kind), 4)
    assert named.tolist() == [1, 3, 2, 1, 2, 3] and classes == ("eel", "dog", "cat", "ant")


def test_names_of_classes_for_numbers() -> None:
    assert labels_of(TRUTH, np.array(["a", "b", "c", "d"]), 4)[1] == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        (TRUTH - 1, None, "label -1 is below 0"),
        (TRUTH + 1, None, "labels run from 1 to 3, and outputs are counted from 0: subtract 1"),
        (TRUTH + 0.5, None, "label 2.5 is no whole number"),
        (TRUTH * np.nan, None, "label nan is no whole number"),
        (np.full(6, np.inf), None, "label inf is no whole number"),
        (np.full(6, 1e300), None, "far too large"),
        (np.full(6, 10**9), None, "label 1000000000 is no index of a class"),
        (TRUTH * 1j, None, "labels are complex128"),
        (TRUTH.astype("M8[s]"), None, "labels are datetime64[s]"),
        (np.full((6, 3), 1 / 3), None, "labels [6, 3] are not one-hot, a single 1 a row"),
        (np.zeros((6, 3)), None, "are not one-hot"),
        (np.ones((6, 3)), None, "are not one-hot"),
        (np.array(["a", "b"] * 3), None, "labels are 2 different texts (a, b) and the model's outputs 3: add a text"),
        (np.array(["0", "1", "10"] * 2), None, "labels are numbers written as text"),
        (np.array(["a", "b", "c"] * 2), np.array(["a", "b", "d"]), "label 'c' is none of the class names (a, b, d)"),
        (np.array(["a", "b", "c"] * 2), np.array(["a", "b", "b"]), "a name stands twice"),
        (np.array([b"\xff", b"b", b"c"]), None, "not in UTF-8"),
        (TRUTH, np.array(["a", "b"]), "label 2 is out of range for 2 class names"),
    ],
)
def test_labels_that_are_none(labels: Array, classes: Array | None, message: str) -> None:
    assert message in refusal(labels_of, labels, classes, 3)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (PIXELS, ""),
        (PIXELS.astype(np.int64), "int64 taken as levels 0..255"),
        (PIXELS.astype(np.float32), "float32 taken as levels 0..255"),
        (PIXELS / 255, "float64 0..1 taken times 255"),
        ((PIXELS / 255).astype(np.float32), "float32 0..1 taken times 255"),
        ((PIXELS / 255).astype(np.float16), "float16 0..1 taken times 255"),
        (PIXELS.transpose(0, 3, 1, 2), "channels moved to the end"),
        ((PIXELS / 255).transpose(0, 3, 1, 2), "channels moved to the end, float64 0..1 taken times 255"),
    ],
)
def test_images_of_every_kind(images: Array, said: str) -> None:
    found, done = images_of(images)
    assert found.dtype == np.uint8 and found.flags.c_contiguous
    assert np.array_equal(found, PIXELS) and done == said


@pytest.mark.parametrize("grey", [PIXELS[..., 0], PIXELS[..., :1], PIXELS[..., 0][:, None]])
def test_grey_images(grey: Array) -> None:
    found, done = images_of(grey)
    assert np.array_equal(found, np.stack([PIXELS[..., 0]] * 3, axis=-1)) and done.endswith("grey made RGB")


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (PIXELS / 127.5 - 1, "images are float64 from -1 to 1, and no levels of 8 bits"),
        (RNG.random((2, 4, 4, 3)), "and no levels of 8 bits in 0..255 or 0..1"),
        (PIXELS * np.float32("nan"), "images are float32 from nan to nan"),
        (PIXELS.astype(np.int16) * 200, "and no levels"),
        (PIXELS.astype(np.int16) % 2, "images are int16 from 0 to 1"),
        (PIXELS > 9, "images are bool"),
        (PIXELS.reshape(6, -1), "images must be [N, H, W, 3], not [6, 60]"),
        (np.zeros((6, 5, 4, 4), np.uint8), "images must be [N, H, W, 3] or grey, not [6, 5, 4, 4]"),
        (np.zeros((6, 0, 4, 3), np.uint8), "not [6, 0, 4, 3]"),
        (np.full((2, 4, 4, 3), "x"), "images are <U1"),
    ],
)
def test_images_that_are_none(images: Array, message: str) -> None:
    assert message in refusal(images_of, images)
