"""RandAugment: a few operations drawn for every image, all of one strength.

Cubuk et al. (2020), "RandAugment: Practical automated data augmentation with a reduced search space", arXiv 1909.13719,
section 3: its fourteen operations, each as likely. For each draw an operation runs once, on those images of the batch
that drew it.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from study.arrays import Floats, Images
from study.data.augmentation import colour, geometric

Operation = Callable[[Images, Floats], Images]
Kinds = Literal["all", "geometric", "colour"]
STRONGEST = 10.0


def identity(images: Images, amounts: Floats) -> Images:
    """The same images."""
    return images


GEOMETRIC: dict[str, Operation] = {
    "rotate": geometric.rotate,
    "shear_x": geometric.shear_x,
    "shear_y": geometric.shear_y,
    "translate_x": geometric.translate_x,
    "translate_y": geometric.translate_y,
}
COLOUR: dict[str, Operation] = {
    "autocontrast": colour.autocontrast,
    "equalize": colour.equalize,
    "solarize": colour.solarize,
    "posterize": colour.posterize,
    "colour": colour.colour,
    "contrast": colour.contrast,
    "brightness": colour.brightness,
    "sharpness": colour.sharpness,
}
OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "all": {"identity": identity} | GEOMETRIC | COLOUR,
    "geometric": {"identity": identity} | GEOMETRIC,
    "colour": {"identity": identity} | COLOUR,
}


def randaugment(
    images: Images, rng: np.random.Generator, number: int, magnitude: float, kinds: Kinds = "all"
) -> Images:
    """Apply `number` operations to every image, one after the other, drawn anew for each image, with repetition.

    Args:
        images: uint8 [N, H, W, 3].
        rng: decides operations and directions.
        number: operations an image.
        magnitude: 0 to 10, where an operation has its whole range; half of the images get it in the other direction.
        kinds: which operations are drawn from, beside the one that does nothing.
    """
    out, count = images.copy(), len(images)
    for _ in range(number):
        drawn = rng.integers(0, len(OPERATIONS[kinds]), count)
        amounts = magnitude / STRONGEST * np.where(rng.random(count) < 0.5, -1.0, 1.0)
        for place, operation in enumerate(OPERATIONS[kinds].values()):
            chosen = np.flatnonzero(drawn == place)
            if len(chosen):
                out[chosen] = operation(out[chosen], amounts[chosen])
    return out
