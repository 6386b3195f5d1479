"""A contact sheet: test images as small PNGs, each with its true class and what two groups of models said of it."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from study.errors import StudyError
from study.report import names
from study.report.blocks import Sheet, Thumbnail

MOST = 48  # images of a sheet
SIDE = 64  # pixels: larger pictures are reduced to it, smaller ones stay as they are
NAME = 20  # characters of a class name

Images = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


def contact_sheet(
    images: Images,
    indices: Sequence[int],
    true: Ints,
    base: Ints,
    compressed: Ints,
    classes: Sequence[str],
    caption: str,
) -> Sheet:
    """At most 48 of the images with these indices, in the order given.

    `images` is uint8 [N, H, W, 3]; `true`, `base` and `compressed` [N] are class numbers: the true class, and what
    most of the base and most of the compressed models said. The same pixels give the same bytes.

    Raises:
        StudyError: images of another shape or type, or another number of them than of classes.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise StudyError(
            f"a contact sheet needs images as uint8 [N, H, W, 3], not {images.dtype} {list(images.shape)}: "
            "run `dvc repro data`"
        )
    if not len(images) == len(true) == len(base) == len(compressed):
        raise StudyError(
            f"{len(images)} test images for {len(true)} answers: they are of different data sets, run `dvc repro`"
        )
    short = names.short_names([str(name) for name in classes], NAME)
    return Sheet(
        caption,
        tuple(
            Thumbnail(
                png(images[index]),
                f"test image {index}",
                short[true[index]],
                short[base[index]],
                short[compressed[index]],
            )
            for index in indices[:MOST]
        ),
    )


def png(image: Images) -> bytes:
    """One picture [H, W, 3] as PNG, its longer side at most 64 pixels; without any text or time in it."""
    picture = Image.fromarray(image)
    if max(picture.size) > SIDE:
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = BytesIO()
    picture.save(out, format="PNG", optimize=True)
    return out.getvalue()
