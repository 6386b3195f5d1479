"""Names for arrays by the type of their values; shapes stand in the docstrings of those who take and give them."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Images = npt.NDArray[np.uint8]
"""Pixels [N, height, width, 3], RGB."""
Ints = npt.NDArray[np.int64]
