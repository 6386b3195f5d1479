"""The training budget and recipe, one for all architectures."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class TrainingSpec:
    """Section `training` of params.yaml.

    `learning_rate` is the peak; warm-up rises to it linearly over `warmup_epochs`, a cosine takes it to zero.
    `shift` is the largest crop offset in pixels; `threads` are TensorFlow's, per cell (0: all processors).
    """

    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=2)]
    learning_rate: Annotated[float, Field(gt=0)]
    warmup_epochs: Annotated[float, Field(ge=0)]
    weight_decay: Annotated[float, Field(ge=0)]
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    clip_norm: Annotated[float, Field(gt=0)]
    batch_norm_momentum: Annotated[float, Field(gt=0, lt=1)]
    shift: Annotated[int, Field(ge=0)]
    flip: bool
    threads: Annotated[int, Field(ge=0)] = 1
