"""The device that is asked to measure, as its module is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from study.arrays import Images

SAMPLE = 64
"""Test images on which a device's answers are compared with the host's."""


@dataclass(frozen=True, eq=False)
class DeviceUnderTest:
    """A device of the study.

    `name` is its key in the plan. `settings` is what the plan says about it beside its module. `images`, uint8
    [n, H, W, 3], are a fixed choice of test images on which its predictions are compared with the host's; none: no
    comparison. `signatures`: level -> which signature of its file it is, of files that hold several. `progress` is
    called with what goes on now: a few words.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    images: Images = field(default_factory=lambda: np.zeros((0, 1, 1, 3), np.uint8))
    signatures: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = lambda said: None


def sample(images: Images) -> Images:
    """The images to compare on: SAMPLE of them, evenly spread, always the same ones; all where there are fewer."""
    return images[np.linspace(0, len(images) - 1, min(SAMPLE, len(images))).astype(int)]
