"""Knowledge distillation, in the budget of every method that trains on."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT, kw_only=True)
class DistillationSpec:
    """Keys of the sections `pruning` and `structured` of params.yaml.

    `distillation_weight` is the share of the loss that the answers of a teacher have, and not the labels: 0 is none,
    without a teacher. `distillation_temperature` divides the logits of both before they are compared; the higher, the
    more the unlikely classes count. `teacher` is the name of an architecture of the study (`mobilenet_v2_stem1`), whose
    dense network of the same seed teaches all networks of the section; left out, each has its own dense network.
    """

    distillation_weight: Annotated[float, Field(ge=0, le=1)] = 0.0
    distillation_temperature: Annotated[float, Field(gt=0)] = 1.0
    teacher: str | None = None
