"""Which images a study is made of."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class DataSpec:
    """Section `data` of params.yaml. Limits count images, stratified by class; null keeps all.

    `path` is the image folder or zip of source `folder`, or a local archive for `cifar10` (null downloads it).
    """

    source: Literal["cifar10", "folder", "digits"]
    path: str | None
    image_size: Annotated[int, Field(ge=32, le=512)]
    train_limit: Annotated[int, Field(ge=1)] | None
    test_limit: Annotated[int, Field(ge=1)] | None
    validation_fraction: Annotated[float, Field(gt=0, lt=1)]
    calibration_images: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0)]
