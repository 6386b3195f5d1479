"""The budget of methods that cut whole channels: epochs in which they choose, then those of the narrower network."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class StructuredSpec:
    """Section `structured` of params.yaml.

    `epochs` at peak rate `learning_rate` are those in which channels are chosen while the network trains, where a
    method does so; `finetune_epochs` at `finetune_learning_rate` train what is left.
    """

    epochs: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0)]
    finetune_epochs: Annotated[int, Field(ge=1)]
    finetune_learning_rate: Annotated[float, Field(gt=0)]
