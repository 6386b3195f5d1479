"""Labelled images in memory: a split of the data set, or a part of one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from study.arrays import Array


@dataclass(frozen=True)
class Examples:
    """Images uint8 [N, H, W, 3] RGB and labels int64 [N], indices into the classes."""

    images: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Array) -> "Examples":
        """Return the examples at `indices`."""
        return Examples(self.images[indices], self.labels[indices])

    def spread(self, most: int) -> "Examples":
        """Return at most `most` examples, evenly spread, so that a split sorted by class keeps all of them."""
        if len(self) <= most:
            return self
        return self.take(np.linspace(0, len(self) - 1, most).round().astype(np.int64))

    def batches(self, count: int) -> Iterator["Examples"]:
        """Deal all examples out to `count` batches, each spread over the split, which may be sorted by class."""
        for number in range(count):
            yield Examples(self.images[number::count], self.labels[number::count])
