"""Under which corruptions the exported files are evaluated."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class RobustnessSpec:
    """Section `robustness` of params.yaml: names of study/data/corruptions.py (none: the stage does nothing).

    `images` test images take part, of every class its share; all of them where there are fewer.
    """

    corruptions: list[str]
    severities: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=1)]
    images: Annotated[int, Field(ge=1)]
