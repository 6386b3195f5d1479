"""From the axes of a study to the tables of its cells, each cell once and in a fixed order."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from study.compress import METHODS
from study.devices import DEVICES
from study.errors import StudyError
from study.models import ARCHITECTURES
from study.quantize import SCHEMES
from study.specs.data import DataSpec
from study.specs.grid import ArchitectureSpec, GridSpec
from study.specs.parse import parse
from study.variant import Architecture, Recipe, Variant

Table = dict[str, Any]
T = TypeVar("T")

# What stands for the content of the data where no local file does: the module that pins the download, the
# list that pins the package. When it changes, the data stage runs again.
PINNED_BY = {"cifar10": "study/sources/cifar10.py", "digits": "constraints.txt"}
WITHOUT_ALPHA = {"efficientnet_b0"}  # EfficientNet scales width and depth by B0..B7


def make_plan(grid: GridSpec, data: DataSpec) -> dict[str, Table]:
    """Return the tables that dvc.yaml iterates over: dataset, trained, compressed, exported, devices.

    Raises:
        StudyError: a name is not registered, or stands twice.
    """
    variants = cells(grid)
    source = data.path or PINNED_BY.get(data.source)
    if source is None:
        raise StudyError(f"params.yaml, data.path: source '{data.source}' needs the path of the images")
    plan: dict[str, Table] = {
        "dataset": {"source": data.source, "input": source},
        "trained": {},
        "compressed": {},
        "exported": {},
        "devices": {name: {"device": name} for name in _known(grid.devices, DEVICES, "devices")},
    }
    for variant in variants:
        network = _network(variant.architecture)
        plan["trained"][variant.base] = network | {"seed": variant.seed}
        recipe = {"method": variant.recipe.method, "amount": variant.recipe.amount, "seed": variant.seed}
        if variant.model != variant.base:
            plan["compressed"][variant.model] = {"base": variant.base} | network | recipe
        plan["exported"][variant.name] = {"model": variant.model} | network | recipe | {"scheme": variant.scheme}
    return plan


def cells(grid: GridSpec) -> list[Variant]:
    """All variants of a study: architecture by seed by recipe by scheme."""
    recipes = [Recipe()] + [
        Recipe(method, amount)
        for method in _known(list(grid.recipes), METHODS, "recipes")
        for amount in _distinct(grid.recipes[method], f"recipes.{method}")
    ]
    architectures = _distinct([_architecture(entry) for entry in grid.architectures], "architectures")
    schemes = _known(grid.schemes, SCHEMES, "schemes")
    if "float32" not in schemes:
        raise StudyError("params.yaml, grid.schemes: float32 is missing: it is what every drop is measured against")
    return [
        Variant(architecture, recipe, scheme, seed)
        for architecture in architectures
        for seed in _distinct(grid.seeds, "seeds")
        for recipe in recipes
        for scheme in schemes
    ]


def _architecture(entry: str | dict[str, Any]) -> Architecture:
    values = {"family": entry} if isinstance(entry, str) else entry
    spec = parse(ArchitectureSpec, values, "grid.architectures")
    _known([spec.family], ARCHITECTURES, "architectures")
    if spec.alpha != 1.0 and spec.family in WITHOUT_ALPHA:
        raise StudyError(f"params.yaml, grid.architectures: {spec.family} has no alpha: leave it out")
    if not math.isclose(spec.alpha * 100, round(spec.alpha * 100)):  # names carry whole per cents
        raise StudyError(f"params.yaml, grid.architectures: alpha {spec.alpha} is no whole per cent: round it to 0.01")
    return Architecture(spec.family, spec.stem_stride, spec.alpha)


def _network(architecture: Architecture) -> dict[str, Any]:
    return {
        "architecture": architecture.name,
        "family": architecture.family,
        "stem_stride": architecture.stem_stride,
        "alpha": architecture.alpha,
    }


def _known(names: list[str], table: Mapping[str, str], key: str) -> list[str]:
    for name in names:
        if name not in table:
            raise StudyError(f"params.yaml, grid.{key}: unknown name '{name}': choose from {', '.join(sorted(table))}")
    return _distinct(names, key)


def _distinct(values: list[T], key: str) -> list[T]:
    for value in values:
        if values.count(value) > 1:
            raise StudyError(f"params.yaml, grid.{key}: {getattr(value, 'name', value)} stands twice")
    return values
