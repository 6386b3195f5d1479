"""Common corruptions of images, in the five severities of CIFAR-10-C.

Source: Hendrycks and Dietterich (2019), "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations" (arXiv 1903.12261). Levels and definitions are those of the authors' program for CIFAR-10-C,
`make_cifar_c.py`, written anew with NumPy, SciPy and Pillow; values are cut off to whole levels as there. The random
numbers are our own, so the images are not those of the published archive. Of its corruptions these are the ones that
need no further library and no photographs; `gaussian_blur` is one of its four additional ones.

The levels are made for 32x32. On larger images the width of the blur grows with the shorter side, and pixelation is a
share of it anyway; noise, JPEG, contrast and brightness act on single pixels or blocks of 8x8 and stay as they are,
which is milder than what ImageNet-C does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter

from study.arrays import Floats, Images
from study.data.dataset import generator
from study.errors import StudyError

SIDE = 32  # pixels: what the levels were chosen for
SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Corruption:
    """One corruption: `apply(pixels, level, rng)` of pixels float64 [H, W, 3] in 0..1, and its level by severity."""

    apply: Callable[[Floats, float, np.random.Generator], Floats]
    levels: tuple[float, float, float, float, float]


def corrupt(images: Images, name: str, severity: int, indices: npt.ArrayLike, seed: int = 0) -> Images:
    """Corrupt images uint8 [N, H, W, 3]; returns a new array of the same shape and type.

    The random numbers of an image depend on (seed, name, severity, its index) alone: it comes out the same by itself,
    in a batch, and in any order.

    Args:
        images: what to corrupt.
        name: one of `CORRUPTIONS`.
        severity: 1 to 5.
        indices: [N], the number of each image in its data set, from 0.
        seed: of the random numbers.

    Raises:
        StudyError: an unknown name or severity, images of another shape or type, or another number of indices.
    """
    numbers = np.asarray(indices)
    if name not in CORRUPTIONS:
        raise StudyError(f"there is no corruption '{name}': choose from {', '.join(CORRUPTIONS)}")
    if severity not in SEVERITIES:
        raise StudyError(f"{name} has no severity {severity}: choose from 1 to {len(SEVERITIES)}")
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or 0 in images.shape[1:]:
        raise StudyError(f"images must be uint8 [N, H, W, 3], not {images.dtype} {list(images.shape)}")
    if numbers.shape != (len(images),) or (len(images) and not np.issubdtype(numbers.dtype, np.integer)):
        raise StudyError(f"{len(images)} images need as many whole numbers, not {numbers.dtype} {list(numbers.shape)}")
    chosen = CORRUPTIONS[name]
    out = np.empty_like(images)
    for place, number in enumerate(numbers.tolist()):
        rng = generator(seed, "corruption", name, severity, number)
        changed = chosen.apply(images[place] / 255.0, chosen.levels[severity - 1], rng)
        out[place] = np.clip(changed, 0.0, 1.0) * 255.0
    return out


def _gaussian_noise(pixels: Floats, level: float, rng: np.random.Generator) -> Floats:
    return pixels + rng.normal(scale=level, size=pixels.shape)


def _shot_noise(pixels: Floats, level: float, rng: np.random.Generator) -> Floats:
    return rng.poisson(pixels * level) / level


def _impulse_noise(pixels: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Salt and pepper, each colour of a pixel by itself."""
    hit, salt = rng.random(pixels.shape) < level, rng.random(pixels.shape) < 0.5
    return np.where(hit, salt, pixels)


def _gaussian_blur(pixels: Floats, level: float, rng: np.random.Generator) -> Floats:
    width = level * min(pixels.shape[:2]) / SIDE
    blurred: Floats = gaussian_filter(pixels, (width, width, 0), mode="nearest")
    return blurred


def _brightness(pixels: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Raise the value of HSV; hue and saturation stay, so the colours of a pixel keep their ratio."""
    value = pixels.max(axis=2, keepdims=True)
    raised = np.minimum(value + level, 1.0)
    return np.where(value > 0, pixels * (raised / np.where(value > 0, value, 1.0)), raised)


def _contrast(pixels: Floats, level: float, rng: np.random.Generator) -> Floats:
    mean = pixels.mean(axis=(0, 1), keepdims=True)
    return (pixels - mean) * level + mean


def _pixelate(pixels: Floats, level: float, rng: np.random.Generator) -> Floats:
    image = _picture(pixels)
    small = image.resize((max(int(image.width * level), 1), max(int(image.height * level), 1)), Image.Resampling.BOX)
    return np.asarray(small.resize(image.size, Image.Resampling.BOX)) / 255.0


def _jpeg_compression(pixels: Floats, level: float, rng: np.random.Generator) -> Floats:
    file = BytesIO()
    _picture(pixels).save(file, "JPEG", quality=int(level))
    with Image.open(file, formats=("JPEG",)) as image:
        return np.asarray(image) / 255.0


def _picture(pixels: Floats) -> Image.Image:
    return Image.fromarray(np.rint(pixels * 255.0).astype(np.uint8))


CORRUPTIONS: dict[str, Corruption] = {
    "gaussian_noise": Corruption(_gaussian_noise, (0.04, 0.06, 0.08, 0.09, 0.10)),  # standard deviation
    "shot_noise": Corruption(_shot_noise, (500, 250, 100, 75, 50)),  # photons of a white pixel
    "impulse_noise": Corruption(_impulse_noise, (0.01, 0.02, 0.03, 0.05, 0.07)),  # share of values
    "gaussian_blur": Corruption(_gaussian_blur, (0.4, 0.6, 0.7, 0.8, 1.0)),  # standard deviation in pixels
    "brightness": Corruption(_brightness, (0.05, 0.1, 0.15, 0.2, 0.3)),  # added to the value of HSV
    "contrast": Corruption(_contrast, (0.75, 0.5, 0.4, 0.3, 0.15)),  # what is left of the distance from the mean
    "pixelate": Corruption(_pixelate, (0.95, 0.9, 0.85, 0.75, 0.65)),  # share of the side that is kept
    "jpeg_compression": Corruption(_jpeg_compression, (80, 65, 58, 50, 40)),  # quality
}
"""Name -> corruption. Names are those of the files of CIFAR-10-C."""
