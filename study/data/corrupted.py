"""Which images and corruptions a robustness evaluation takes."""

import hashlib
from collections.abc import Sequence

import numpy as np

from study.arrays import Array, Images, Ints
from study.data.corruptions import CORRUPTIONS, SEVERITIES, corrupt
from study.data.dataset import generator, stratified
from study.errors import StudyError
from study.tasks.robustness import CLEAN, Setting

SEED = 0  # Fixed: the corrupted images are part of the benchmark, not of a study's choices.
PROBE = 8
EVERY = (CLEAN, *(Setting(name, severity) for name in CORRUPTIONS for severity in SEVERITIES))
"""All settings there are, in the order of results."""


def settings(corruptions: Sequence[str], severities: Sequence[int]) -> list[Setting]:
    """The clean images and each corruption in each severity, in the order of `EVERY`.

    Raises:
        StudyError: a corruption is unknown, or something stands twice.
    """
    for name in corruptions:
        if name not in CORRUPTIONS or corruptions.count(name) > 1:
            raise StudyError(
                f"params.yaml, robustness.corruptions: '{name}' is unknown or stands twice: choose from "
                + ", ".join(CORRUPTIONS)
            )
    if len(set(severities)) < len(severities):
        raise StudyError("params.yaml, robustness.severities: a severity stands twice: name each once")
    return [one for one in EVERY if one == CLEAN or (one.corruption in corruptions and one.severity in severities)]


def subset(labels: Ints, count: int) -> Array:
    """Indices of at most `count` images, of every class its share, one class after the other. int64.

    In this order the counts of the classes say which answer belongs to which class.
    """
    chosen = stratified(labels, count, generator(SEED, "robustness"))
    return chosen[np.argsort(labels[chosen], kind="stable")]


def images_of(images: Images, indices: Array, setting: Setting) -> Images:
    """Test images uint8 [N, H, W, 3] at `indices`, corrupted."""
    chosen = images[indices]
    return chosen if setting == CLEAN else corrupt(chosen, setting.corruption, setting.severity, indices, SEED)


def probe(images: Images, indices: Array, setting: Setting) -> str:
    """SHA-256 (hex) of what the setting makes of a few images: another code, library or level shows in it."""
    few = indices[np.linspace(0, len(indices) - 1, min(PROBE, len(indices))).round().astype(np.int64)]
    return hashlib.sha256(np.ascontiguousarray(images_of(images, few, setting)).data).hexdigest()
