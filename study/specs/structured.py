"""The budget of methods that cut whole channels: epochs in which they choose, then those of the narrower network."""

from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.distillation import DistillationSpec
from study.specs.parse import STRICT

Share = Annotated[float, Field(gt=0, lt=1)]


@dataclass(frozen=True, config=STRICT)
class StructuredSpec(DistillationSpec):
    """Section `structured` of params.yaml.

    `epochs` at peak rate `learning_rate` are those in which channels are chosen while the network trains, where a
    method does so; `finetune_epochs` at `finetune_learning_rate` train what is left.

    Slimming: `slimming_strength` is what every scale loses for each unit of learning rate, a step.

    Automatic pruning: `shares` of each group are cut alone to see what it carries, on `sensitivity_images` held-out
    images; `taylor_images` training images rank its channels. Groups keep multiples of `multiple` channels, the tile of
    XNNPACK's kernels. `cost` is what a plan saves: multiply-accumulates, values of the kernels, or
    time measured on this machine, with which a second run may differ.
    """

    epochs: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0)]
    finetune_epochs: Annotated[int, Field(ge=1)]
    finetune_learning_rate: Annotated[float, Field(gt=0)]
    slimming_strength: Annotated[float, Field(gt=0)] = 1.0
    shares: list[Share] = field(default_factory=lambda: [0.25, 0.5, 0.75, 0.9])
    sensitivity_images: Annotated[int, Field(ge=1)] = 1000
    taylor_images: Annotated[int, Field(ge=1)] = 2000
    multiple: Annotated[int, Field(ge=1)] = 8
    cost: Literal["macs", "weights", "microseconds"] = "macs"
