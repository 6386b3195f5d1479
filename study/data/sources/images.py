"""Image files to arrays: uint8 RGB of one size, whatever they were stored as."""

import io
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from study.arrays import Images
from study.errors import StudyError

# Named, because Pillow would otherwise try every format it knows; some of them call other programs.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
MAX_PIXELS = 64_000_000
CHUNK = 32
KINDS = {"1": "grey", "L": "grey", "LA": "grey", "La": "grey", "P": "palette", "PA": "palette"}
WITH_ALPHA = ("RGBA", "RGBa", "LA", "La", "PA")
BACKGROUND = "white"
"""What shows through transparent pixels."""

MOST_NAMED = 100


def decode(data: bytes, size: int) -> tuple[Images, list[str]]:
    """Decode one image file into uint8 [size, size, 3], and say what was done to it.

    It is turned upright as its EXIF orientation says, laid on white where it is transparent, converted to RGB and
    resized by Pillow's antialiased bicubic filter; the aspect ratio is not kept. Of several frames or pages the first
    one is taken. An image of the right size keeps its pixels.

    Raises:
        ValueError, OSError, SyntaxError, ...: whatever Pillow finds wrong.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError(f"{opened.width}x{opened.height} pixels are more than {MAX_PIXELS}")
        # The further frames of a telephone's JPEG are previews and depths.
        facts = ["JPEG"] if opened.format in ("JPEG", "MPO") else ["frames"] * getattr(opened, "is_animated", False)
        netpbm = opened.format == "PPM"
        image: Image.Image = opened
        if image.getexif().get(0x0112, 1) != 1:
            image = ImageOps.exif_transpose(image)
            facts.append("turned")
        if image.mode != "RGB" or "transparency" in image.info:
            image, done = _to_rgb(image, netpbm)
            facts += done
        if image.size != (size, size):
            image = image.resize((size, size), Image.Resampling.BICUBIC)
            facts.append("resized")
        return np.array(image), facts


def read_all(names: Sequence[str], read: Callable[[str], bytes], size: int) -> tuple[Images, Counter[str]]:
    """Read and decode images into uint8 [N, size, size, 3]; count what was done to them.

    Pillow frees the interpreter lock while it decodes, so threads help with photographs; tiny images are
    bound by Python and need a chunk of work a thread, not an image.

    Raises:
        StudyError: images are unreadable, all of which are named; or they do not fit into memory.
    """
    out = _room(len(names), size)
    counts: Counter[str] = Counter()
    failed: dict[str, str] = {}

    def work(start: int) -> tuple[Counter[str], dict[str, str]]:
        tally: Counter[str] = Counter()
        wrong = {}
        for i in range(start, min(start + CHUNK, len(names))):
            try:
                out[i], facts = decode(read(names[i]), size)
            except Exception as error:  # Decoders of damaged files raise nearly anything.
                wrong[names[i]] = _reason(error)
            else:
                tally.update(facts)
        return tally, wrong

    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        tqdm(total=len(names), unit="img", unit_scale=True, desc="reading images", disable=None) as bar,
    ):
        starts = range(0, len(names), CHUNK)
        for start, (tally, wrong) in zip(starts, pool.map(work, starts), strict=True):
            counts += tally
            failed |= wrong
            bar.update(min(CHUNK, len(names) - start))
    if failed:
        raise StudyError(_unreadable(failed, len(names)))
    return out, counts


def resize_all(images: Images, size: int) -> Images:
    """Resize uint8 [N, H, W, 3] to [N, size, size, 3] as `decode` does."""
    if images.shape[1:3] == (size, size):
        return images
    resized = (Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC) for image in images)
    return np.stack([np.asarray(image) for image in resized])


def _to_rgb(image: Image.Image, netpbm: bool) -> tuple[Image.Image, list[str]]:
    if image.mode.startswith("I;16") or (image.mode == "I" and netpbm):
        # Pillow clips 16 bits to 8 instead of scaling them. What it opens of a 16-bit PGM are 32 bits of 0..65535.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB"), ["16-bit grey converted"]
    if image.mode in ("I", "F"):
        raise ValueError("32-bit pixels have no known range")
    done = [] if image.mode == "RGB" else [f"{KINDS.get(image.mode, image.mode)} converted"]
    if image.mode in WITH_ALPHA or "transparency" in image.info:
        image = image.convert("LA" if image.mode == "La" else "RGBA").convert("RGBA")
        if np.asarray(image.getchannel("A")).min() < 255:
            image = Image.alpha_composite(Image.new("RGBA", image.size, BACKGROUND), image)
            done.append("transparent")
    return image.convert("RGB"), done


def _room(count: int, size: int) -> Images:
    """An array for so many images, if the machine has as much memory at all."""
    wanted, memory = count * size * size * 3, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if wanted > memory:
        raise StudyError(
            f"{count} images of {size}x{size} take {wanted / 1e9:.1f} GB and this machine has {memory / 1e9:.1f} GB: "
            "lower data.image_size, or give fewer images"
        )
    return np.empty((count, size, size, 3), np.uint8)


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"none of {', '.join(FORMATS)}"
    return " ".join(str(error).split()) or type(error).__name__


def _unreadable(failed: Mapping[str, str], count: int) -> str:
    """One line with all of them, each reason once."""
    if len(failed) == 1:
        ((name, reason),) = failed.items()
        return f"{name} is no readable image ({reason}): replace or remove it"
    named = dict(list(failed.items())[:MOST_NAMED])
    groups = [
        f"{', '.join(name for name, why in named.items() if why == reason)} ({reason})"
        for reason in dict.fromkeys(named.values())
    ]
    more = f"; and {len(failed) - len(named)} more" if len(failed) > len(named) else ""
    return f"{len(failed)} of {count} files are no readable images: {'; '.join(groups)}{more}: replace or remove them"
