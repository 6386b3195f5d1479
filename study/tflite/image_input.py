"""How an image becomes a model's input: the order of its axes and channels, and what pixel values turn into."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from study.arrays import Array, Images
from study.errors import StudyError

Layout = Literal["NHWC", "NCHW", "NHW"]
"""Axes of an input: batch, height, width, channels; NHW has no axis of channels."""

Channels = Literal["RGB", "BGR", "grey"]

LUMA = (19595, 38470, 7471)
"""Shares of red, green and blue in grey, in 65,536ths: ITU-R 601-2, as Pillow's mode L has them."""


@dataclass(frozen=True)
class ImageInput:
    """What is made of images uint8 [N, H, W, 3] RGB in front of a model; without arguments, the study's contract.

    `input_range` is what pixel values 0 and 255 become. Where there is a `mean`, `(pixel - mean) / std` counts instead:
    both of pixel values 0 to 255, one for all channels or one each, in the order in which the model takes them.
    """

    layout: Layout = "NHWC"
    channels: Channels = "RGB"
    input_range: tuple[float, float] = (-1.0, 1.0)
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        low, high = self.input_range
        if not (np.isfinite((low, high)).all() and low < high):
            raise StudyError(f"the input range {low:g},{high:g} must rise, as -1,1 does")
        count = self.count
        if len(self.mean) != len(self.std) or len(self.mean) not in (0, 1, count):
            raise StudyError(f"mean and std have {len(self.mean)} and {len(self.std)} numbers: give 1 or {count} each")
        if not (np.isfinite((*self.mean, *self.std)).all() and all(one > 0 for one in self.std)):
            raise StudyError("mean and std must be numbers, and std above 0")

    @property
    def count(self) -> int:
        """Number of channels."""
        return 1 if self.channels == "grey" else 3

    @property
    def extremes(self) -> tuple[float, float]:
        """Least and greatest value that any pixel becomes, in any channel."""
        if not self.mean:
            return self.input_range
        pairs = list(zip(self.mean, self.std, strict=True))
        return min(-mean / std for mean, std in pairs), max((255 - mean) / std for mean, std in pairs)

    def shape(self, batch: int, height: int, width: int) -> tuple[int, ...]:
        """Shape of an input for that many images of that size."""
        whole = {"N": batch, "H": height, "W": width, "C": self.count}
        return tuple(whole[axis] for axis in self.layout)


STUDY_INPUT = ImageInput()
"""The study's contract: RGB, [N, H, W, 3], pixels 0 to 255 as -1 to 1."""


def open_sizes(sizes: Sequence[int | None], layout: Layout) -> tuple[int | None, ...]:
    """Sizes of an input, None where the images decide; also where a file holds images of 1x1, for want of a size."""
    found = dict(zip(layout, sizes, strict=True))
    if found["H"] in (None, 1) and found["W"] in (None, 1):
        found |= {"H": None, "W": None}
    return tuple(found.values())


def input_table(dtype: npt.DTypeLike, scale: float, zero_point: int, input_range: tuple[float, float]) -> Array:
    """What the model is given for each pixel value 0..255, [256] of `dtype`.

    Floats32 are `pixel / (255 / (high - low)) + low`, for (-1, 1) the study's `pixel / 127.5 - 1` to the bit. Integers
    are rounded to the nearest, halves to even, and clipped: as the QUANTIZE of ai-edge-litert does, so that a model
    with int8 input answers as its twin with float input. (Halves are common: the scale is often one pixel step.
    tflite-runtime 2.14 rounds them up, the reference kernels away from zero.)
    """
    low, high = input_range
    return _stored(
        dtype, scale, zero_point, np.arange(256, dtype=np.float32) / np.float32(255 / (high - low)) + np.float32(low)
    )


def input_tables(taken: ImageInput, dtype: npt.DTypeLike, scale: float, zero_point: int) -> Array:
    """What the model is given for each pixel value 0..255 of each of its channels, [channels, 256] of `dtype`.

    Integers without a scale are pixel values as they are, those of int8 less 128.
    """
    pixels = np.arange(256, dtype=np.float32)
    if np.dtype(dtype) != np.float32 and not scale > 0:
        codes: Array = (pixels + np.iinfo(np.dtype(dtype)).min).astype(dtype)
        return np.tile(codes, (taken.count, 1))
    if not taken.mean:
        return np.tile(input_table(dtype, scale, zero_point, taken.input_range), (taken.count, 1))
    normalised = [
        _stored(dtype, scale, zero_point, (pixels - np.float32(mean)) / np.float32(std))
        for mean, std in zip(taken.mean, taken.std, strict=True)
    ]
    return np.stack(normalised * (taken.count // len(normalised)))


def arranged(images: Images, taken: ImageInput, tables: Array) -> Array:
    """Images [n, H, W, 3] as the model takes them; `tables` from `input_tables`."""
    if taken.channels == "grey":
        # 0x8000 rounds to the nearest.
        grey = ((images.astype(np.uint32) @ np.array(LUMA, np.uint32) + 0x8000) >> 16).astype(np.uint8)
        images = grey[..., None]
    elif taken.channels == "BGR":
        images = images[..., ::-1]
    values = (
        tables[0][images]
        if (tables == tables[0]).all()
        else np.stack([tables[channel][images[..., channel]] for channel in range(taken.count)], axis=-1)
    )
    if taken.layout == "NCHW":
        values = np.ascontiguousarray(values.transpose(0, 3, 1, 2))
    found: Array = values[..., 0] if taken.layout == "NHW" else values
    return found


def _stored(dtype: npt.DTypeLike, scale: float, zero_point: int, real: Array) -> Array:
    if np.dtype(dtype) == np.float32:
        return real
    rounded = np.rint(real / np.float32(scale)).astype(np.float64) + zero_point
    limits = np.iinfo(np.dtype(dtype))
    stored: Array = np.clip(rounded, limits.min, limits.max).astype(dtype)
    return stored
