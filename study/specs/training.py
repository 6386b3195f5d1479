"""The training budget and recipe, one for all architectures."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, config=STRICT)
class TrainingSpec:
    """Section `training` of params.yaml; docs/training.md says what each key does, and whose method it is.

    `learning_rate` is the peak; warm-up rises to it linearly over `warmup_epochs`, a cosine takes it to zero.
    `shift` is the largest crop offset in pixels; `threads` are TensorFlow's, per cell (0: all processors).

    Options, off by default. `cutout` is the side of a square in pixels, `erasing` the share of the images that lose a
    rectangle. `randaugment` is the number of operations an image. `mixup` and `cutmix` are the alpha of their Beta
    distribution, `mixed` the share of the batches that they mix. `average` is the decay of a moving average of the
    weights, which is then what is judged and kept.
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
    cutout: Annotated[int, Field(ge=0)] = 0
    erasing: Share = 0.0
    randaugment: Annotated[int, Field(ge=0, le=8)] = 0
    randaugment_magnitude: Annotated[float, Field(ge=0, le=10)] = 5.0
    randaugment_kinds: Literal["all", "geometric", "colour"] = "all"
    mixup: Annotated[float, Field(ge=0, le=10)] = 0.0
    cutmix: Annotated[float, Field(ge=0, le=10)] = 0.0
    mixed: Share = 1.0
    average: Annotated[float, Field(ge=0, lt=1)] = 0.0
