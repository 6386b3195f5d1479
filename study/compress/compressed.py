"""What a compression method hands back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import tf_keras

from study.networks.training import Epoch


@dataclass(frozen=True)
class Compressed:
    """The compressed network and how it came about.

    `history` has a line for each epoch of training. `record` holds what the method measured and decided: name of a
    table -> its rows, of numbers and strings; the same inputs give the same record. `analysis_seconds` is the wall time
    of whatever came before the training.
    """

    model: tf_keras.Model
    history: Sequence[Epoch] = ()
    record: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    analysis_seconds: float = 0.0
