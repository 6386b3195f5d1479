"""Somebody's arrays as images and labels: accepted where only one reading is possible, else one line that says why not.

Nothing here reads a file. Which arrays are chosen is decided by their names and shapes alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from study.arrays import Array, Images, Ints
from study.data.sources.layout import ALIASES
from study.errors import StudyError

IMAGE_WORDS = {"x", "image", "images", "img", "imgs", "pixels", "data", "features", "inputs"}
LABEL_WORDS = {"y", "label", "labels", "target", "targets"}
NAME_KEYS = ("class_names", "classes", "label_names", "target_names", "names", "categories")
NEEDED = "it needs images [N, H, W, 3] and labels [N], or x_test and y_test"


@dataclass(frozen=True)
class Header:
    """What is known of an array before it is read."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]


@dataclass(frozen=True)
class Keys:
    """Names of the arrays that hold images, labels and, where there is one, the names of the classes."""

    images: str
    labels: str
    classes: str | None


def choose(headers: Mapping[str, Header]) -> Keys:
    """Which arrays to evaluate on: `images` and `labels`, else those of the test, else those of validation.

    Raises:
        StudyError: none fit, several do, they are those of training, or hold Python objects.
    """
    images, labels = _pair(headers)
    names = [key for key in NAME_KEYS if key in headers and key not in (images, labels) and _is_text(headers[key])]
    for key in (images, labels):
        if headers[key].dtype.hasobject:
            raise StudyError(
                f"'{key}' holds Python objects, which only pickle reads, and a pickle may run any code: save it as "
                f"{'one array of numbers' if key == images else 'whole numbers or np.array(labels, dtype=str)'}"
            )
    if headers[images].shape[0] != headers[labels].shape[0]:
        raise StudyError(f"'{images}' {_shape(headers[images])} and '{labels}' {_shape(headers[labels])} differ in N")
    if not headers[images].shape[0]:
        raise StudyError(f"'{images}' holds no image")
    return Keys(images, labels, names[0] if names else None)


def labels_of(labels: Array, classes: Array | None, outputs: int | None) -> tuple[Ints, tuple[str, ...]]:
    """Labels as indices int64 [N], and the names of the classes.

    Whole numbers of any type, a column of them, one-hot rows, or text. Without `classes` numbers name themselves, and
    text is put in alphabetical order, which is only done where all of the model's `outputs` occur.

    Raises:
        StudyError: they are none of these.
    """
    names = None if classes is None else tuple(_texts(classes.reshape(-1)))
    if labels.ndim == 2:
        labels = labels[:, 0] if labels.shape[1] == 1 else _from_one_hot(labels)
    if labels.ndim != 1:
        raise StudyError(f"labels must be [N] or one-hot [N, classes], not {list(labels.shape)}")
    if labels.dtype.kind in "SU":
        return _from_text(_texts(labels), names, outputs)
    numbers = _whole(labels)
    if numbers.min() < 0:
        raise StudyError(f"label {numbers.min()} is below 0: labels are the indices of the model's outputs, from 0 on")
    count = int(numbers.max()) + 1
    if outputs and numbers.min() == 1 and count == outputs + 1:
        raise StudyError(f"labels run from 1 to {outputs}, and outputs are counted from 0: subtract 1")
    if names is not None and count > len(names):
        raise StudyError(f"label {count - 1} is out of range for {len(names)} class names")
    if count > 1_000_000:
        raise StudyError(f"label {count - 1} is no index of a class")
    return numbers, names or tuple(map(str, range(count)))


def images_of(images: Array) -> tuple[Images, str]:
    """Images as uint8 [N, H, W, 3], and what was done to them (empty: nothing).

    Grey ones [N, H, W] or [N, H, W, 1] get three equal channels, channels in front go to the end; whole numbers and
    floats may be 0..255, floats 0..1 too, if these are levels of 8 bits.

    Raises:
        StudyError: they are none of these.
    """
    done = []
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4:
        raise StudyError(f"images must be [N, H, W, 3], not {list(images.shape)}")
    if images.shape[3] not in (1, 3) and images.shape[1] in (1, 3):
        images = images.transpose(0, 2, 3, 1)
        done.append("channels moved to the end")
    if images.shape[3] not in (1, 3) or 0 in images.shape:
        raise StudyError(f"images must be [N, H, W, 3] or grey, not {list(images.shape)}")
    if images.dtype != np.uint8:
        images, how = _levels(images)
        done.append(how)
    if images.shape[3] == 1:
        images = np.repeat(images, 3, axis=3)
        done.append("grey made RGB")
    return np.ascontiguousarray(images), ", ".join(done)


def _pair(headers: Mapping[str, Header]) -> tuple[str, str]:
    if "images" in headers and "labels" in headers:
        return "images", "labels"
    by_split: dict[str, tuple[list[str], list[str]]] = {}
    for key, header in headers.items():
        words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", key)}
        splits = {ALIASES[word] for word in words if word in ALIASES}
        kinds = (words & IMAGE_WORDS, words & LABEL_WORDS)
        if len(splits) < 2 and bool(kinds[0]) != bool(kinds[1]) and key not in NAME_KEYS:
            pair = by_split.setdefault(splits.pop() if splits else "", ([], []))
            if _fits(header, bool(kinds[0])):
                pair[0 if kinds[0] else 1].append(key)
    for split in ("test", "", "validation"):
        images, labels = by_split.get(split, ([], []))
        if len(images) == len(labels) == 1:
            return images[0], labels[0]
        if images and labels:
            raise StudyError(f"it holds {_listed(headers)}, more than one of which could be meant: {NEEDED}")
    if all(by_split.get("train", ([], []))):
        raise StudyError(f"it holds {_listed(headers)}, training images alone: {NEEDED}")
    images, labels = ([key for key, one in headers.items() if _fits(one, kind)] for kind in (True, False))
    if len(images) == len(labels) == 1 and headers[images[0]].shape[0] == headers[labels[0]].shape[0]:
        return images[0], labels[0]
    raise StudyError(f"it holds {_listed(headers)}: {NEEDED}")


def _fits(header: Header, images: bool) -> bool:
    """Whether it has the shape of images, or of labels; what holds objects is judged later, with a line of its own."""
    wanted = (3, 4) if images else (1, 2)
    return len(header.shape) in wanted or (images and header.dtype.hasobject)


def _is_text(header: Header) -> bool:
    return header.dtype.kind in "SU" and len(header.shape) == 1


def _listed(headers: Mapping[str, Header]) -> str:
    shown = [f"'{key}' {_shape(header)}" for key, header in list(headers.items())[:8]]
    return (", ".join(shown) or "nothing") + (f" and {len(headers) - 8} more" if len(headers) > 8 else "")


def _shape(header: Header) -> str:
    return str(list(header.shape))


def _texts(values: Array) -> list[str]:
    if values.dtype.kind not in "SU":
        return [str(value) for value in values.tolist()]
    try:
        return [value.decode() if isinstance(value, bytes) else str(value) for value in values.tolist()]
    except UnicodeDecodeError as error:
        raise StudyError("class names are not in UTF-8: save them as np.array(names, dtype=str)") from error


def _from_text(texts: list[str], names: tuple[str, ...] | None, outputs: int | None) -> tuple[Ints, tuple[str, ...]]:
    found = sorted(set(texts))
    if names is None:
        if outputs and len(found) != outputs:
            raise StudyError(
                f"labels are {len(found)} different texts ({', '.join(found[:8])}) and the model's outputs {outputs}: "
                "add a text array 'class_names' with all classes in the order of the outputs"
            )
        if all(text.isdecimal() for text in found):
            raise StudyError("labels are numbers written as text: save them as whole numbers")
        names = tuple(found)
    if len(set(names)) < len(names):
        raise StudyError("a name stands twice among the class names")
    if unknown := [text for text in found if text not in names]:
        raise StudyError(f"label '{unknown[0]}' is none of the class names ({', '.join(names[:8])})")
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[text] for text in texts], np.int64), names


def _from_one_hot(labels: Array) -> Ints:
    if labels.dtype.kind not in "biuf" or not ((labels == 0) | (labels == 1)).all() or (labels.sum(1) != 1).any():
        raise StudyError(f"labels {list(labels.shape)} are not one-hot, a single 1 a row: give whole numbers [N]")
    return np.asarray(labels.argmax(1), np.int64)


def _whole(labels: Array) -> Ints:
    if labels.dtype.kind not in "biuf":
        raise StudyError(f"labels are {labels.dtype}: give whole numbers [N] or text")
    if labels.dtype.kind == "f" and not (np.isfinite(labels) & (labels == np.rint(labels))).all():
        wrong = labels[~(np.isfinite(labels) & (labels == np.rint(labels)))][0]
        raise StudyError(f"label {wrong:g} is no whole number: give the indices of the classes")
    if np.abs(labels.astype(np.float64)).max() > 2**53:
        raise StudyError("labels are far too large for indices of classes")
    return labels.astype(np.int64)


def _levels(images: Array) -> tuple[Images, str]:
    """Whole levels of 8 bits from other types, if they are such."""
    low, high = (images.min(), images.max()) if images.dtype.kind in "iuf" else (0, 0)
    if images.dtype.kind in "iuf" and np.isfinite(low) and np.isfinite(high) and low >= 0:
        if 1 < high <= 255 and (images == np.rint(images)).all():
            return images.astype(np.uint8), f"{images.dtype} taken as levels 0..255"
        if images.dtype.kind == "f" and 0 < high <= 1:
            scaled = images.astype(np.float64) * 255
            # A level over 255 in 16 bits is off by 0.06 at most.
            if np.abs(scaled - np.rint(scaled)).max() <= (0.1 if images.dtype.itemsize == 2 else 1e-3):
                return np.rint(scaled).astype(np.uint8), f"{images.dtype} 0..1 taken times 255"
    raise StudyError(
        f"images are {images.dtype} from {low:g} to {high:g}, and no levels of 8 bits in 0..255 or 0..1: save them as "
        "uint8, before any normalisation"
    )
