"""What a compression method hands back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import tf_keras

from study.networks.training import Epoch
from study.tflite.signature import SERVING_DEFAULT


@dataclass(frozen=True)
class Family:
    """The networks that a method made of one, and how they came about.

    `levels` maps the signature that a level will have in the exported file to its network, the widest first; a static
    method makes one (see `static`). `history` has a line for each epoch of training. `record` holds what the method
    measured and decided: name of a table -> its rows, of numbers and strings; the same inputs give the same record.
    `analysis_seconds` is the wall time of whatever came before the training.
    """

    levels: Mapping[str, tf_keras.Model]
    history: Sequence[Epoch] = ()
    record: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    analysis_seconds: float = 0.0

    @property
    def model(self) -> tf_keras.Model:
        """The widest level: of a static method the only one."""
        return next(iter(self.levels.values()))


def static(
    model: tf_keras.Model,
    history: Sequence[Epoch] = (),
    record: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    analysis_seconds: float = 0.0,
) -> Family:
    """A family of one level: a network whose cost does not change while it runs."""
    return Family({SERVING_DEFAULT: model}, history, record or {}, analysis_seconds)
