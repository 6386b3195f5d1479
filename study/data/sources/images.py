"""Image files to arrays: uint8 RGB of one size, whatever they were stored as."""

import io
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from study.arrays import Images
from study.errors import StudyError

# Named, because Pillow would otherwise try every format it knows; some of them call other programs.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
MAX_PIXELS = 64_000_000
CHUNK = 32
KINDS = {"1": "grey", "L": "grey", "LA": "grey", "P": "palette", "PA": "palette"}


def decode(data: bytes, size: int) -> tuple[Images, list[str]]:
    """Decode one image file into uint8 [size, size, 3], and say what was done to it.

    It is turned upright as its EXIF orientation says, converted to RGB (transparency is dropped) and resized
    by Pillow's antialiased bicubic filter; the aspect ratio is not kept. An image of the right size keeps its
    pixels.

    Raises:
        ValueError, OSError, SyntaxError, ...: whatever Pillow finds wrong.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError(f"{opened.width}x{opened.height} pixels are more than {MAX_PIXELS}")
        facts = ["JPEG"] if opened.format in ("JPEG", "MPO") else []
        image: Image.Image = opened
        if image.getexif().get(0x0112, 1) != 1:
            image = ImageOps.exif_transpose(image)
            facts.append("turned")
        if image.mode != "RGB":
            image, kind = _to_rgb(image)
            facts.append(f"{kind} converted")
        if image.size != (size, size):
            image = image.resize((size, size), Image.Resampling.BICUBIC)
            facts.append("resized")
        return np.array(image), facts


def read_all(names: Sequence[str], read: Callable[[str], bytes], size: int) -> tuple[Images, Counter[str]]:
    """Read and decode images into uint8 [N, size, size, 3]; count what was done to them.

    Pillow frees the interpreter lock while it decodes, so threads help with photographs; tiny images are
    bound by Python and need a chunk of work a thread, not an image.

    Raises:
        StudyError: an image is unreadable; the message names the first one.
    """
    out = np.empty((len(names), size, size, 3), np.uint8)
    counts: Counter[str] = Counter()

    def work(start: int) -> Counter[str]:
        tally: Counter[str] = Counter()
        for i in range(start, min(start + CHUNK, len(names))):
            data = read(names[i])
            try:
                out[i], facts = decode(data, size)
            except Exception as error:  # Decoders of damaged files raise nearly anything.
                raise StudyError(f"{names[i]} is no readable image ({error}): replace or remove it") from error
            tally.update(facts)
        return tally

    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        tqdm(total=len(names), unit="img", unit_scale=True, desc="reading images", disable=None) as bar,
    ):
        starts = range(0, len(names), CHUNK)
        for start, tally in zip(starts, pool.map(work, starts), strict=True):
            counts += tally
            bar.update(min(CHUNK, len(names) - start))
    return out, counts


def resize_all(images: Images, size: int) -> Images:
    """Resize uint8 [N, H, W, 3] to [N, size, size, 3] as `decode` does."""
    if images.shape[1:3] == (size, size):
        return images
    resized = (Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC) for image in images)
    return np.stack([np.asarray(image) for image in resized])


def _to_rgb(image: Image.Image) -> tuple[Image.Image, str]:
    if image.mode.startswith("I;16"):
        # Pillow clips 16 bits to 8 instead of scaling them.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB"), "16-bit grey"
    if image.mode in ("I", "F"):
        raise ValueError("32-bit pixels have no known range")
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
        return image.convert("RGB"), "palette"
    return image.convert("RGB"), KINDS.get(image.mode, image.mode)
