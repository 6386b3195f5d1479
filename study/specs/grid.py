"""The axes of a study."""

from dataclasses import field
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT

Percent = Annotated[int, Field(ge=1, le=99)]


Architectures = Annotated[list[str | dict[str, Any]], Field(min_length=1)]
Recipes = dict[str, list[Percent]]
Schemes = Annotated[list[str | dict[str, Any]], Field(min_length=1)]
Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class BlockSpec:
    """One entry of `grid.also`: more cells. What it leaves out is as in `grid` itself."""

    architectures: Architectures | None = None
    recipes: Recipes | None = None
    schemes: Schemes | None = None
    seeds: Seeds | None = None


@dataclass(frozen=True, config=STRICT)
class GridSpec:
    """Section `grid` of params.yaml: architectures x seeds x recipes x schemes, and the blocks of `also`
    (each a BlockSpec).

    An architecture is a family name, {family, stem_stride, alpha, sparse_ready, weights}, or a trained network of one's
    own, {family: file, path, input_range, labels}; a scheme its name or {scheme, calibration_images}; a device its
    name, or an SshSpec for one that is reached over SSH. `recipes` maps a compression method to its amounts in per
    cent; the uncompressed network is always in.
    """

    architectures: Architectures
    recipes: Recipes
    schemes: Schemes
    seeds: Seeds
    devices: Annotated[list[str | dict[str, Any]], Field(min_length=1)]
    also: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, config=STRICT)
class ArchitectureSpec:
    """One entry of `grid.architectures`.

    `path`, `input_range` and `labels` are for `family: file`. The range is what the network takes in place of 0..255,
    left out where its own layers scale; labels are the classes in the order of its outputs, or a text file with one a
    line, left out where that is the order of the data's. `weights`: what a network starts from instead of random ones,
    `imagenet` or the path of a file.
    """

    family: str
    stem_stride: Annotated[int, Field(ge=1, le=2)] = 2
    alpha: Annotated[float, Field(gt=0, le=2)] = 1.0
    sparse_ready: bool = False
    path: str | None = None
    input_range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    labels: list[str] | str | None = None
    weights: str | None = None


@dataclass(frozen=True, config=STRICT)
class SchemeSpec:
    """One entry of `grid.schemes`."""

    scheme: str
    calibration_images: Annotated[int, Field(ge=1)] | None = None
