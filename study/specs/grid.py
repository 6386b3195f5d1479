"""The axes of a study."""

from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT

Percent = Annotated[int, Field(ge=1, le=99)]


@dataclass(frozen=True, config=STRICT)
class GridSpec:
    """Section `grid` of params.yaml. An architecture is a family name or {family, stem_stride, alpha}.

    `recipes` maps a compression method to its amounts in per cent; the uncompressed network is always in.
    """

    architectures: Annotated[list[str | dict[str, Any]], Field(min_length=1)]
    recipes: dict[str, list[Percent]]
    schemes: Annotated[list[str], Field(min_length=1)]
    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
    devices: Annotated[list[str], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class ArchitectureSpec:
    """One entry of `grid.architectures`."""

    family: str
    stem_stride: Annotated[int, Field(ge=1, le=2)] = 2
    alpha: Annotated[float, Field(gt=0, le=2)] = 1.0
