"""A split of the data set in memory."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Examples:
    """Images uint8 [N, H, W, 3] and labels int [N]."""

    images: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.labels)
