"""A plan: every file of a study, each once and in a fixed order, and the devices that measure them.

Cells are written to plan.yaml and kept beside a report as plain values; `variant_of` is the one way back.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from study.errors import StudyError
from study.plan.variant import Architecture, Quantization, Recipe, Variant

Value = str | int | float | bool
Cell = Mapping[str, object]
"""A cell as plain values: key -> value."""


@dataclass(frozen=True)
class MeasuringDevice:
    """A device of the plan: its `key` there, the entry of DEVICES that it is, and what is set for it."""

    key: str
    device: str
    settings: Cell


@dataclass(frozen=True)
class Plan:
    """All files of a study. `excluded`: name of a variant that cannot be -> why."""

    variants: tuple[Variant, ...]
    devices: tuple[MeasuringDevice, ...]
    excluded: Mapping[str, str]


def network_cell(architecture: Architecture) -> dict[str, Value]:
    """What building a network needs."""
    return {
        "architecture": architecture.name,
        "family": architecture.family,
        "stem_stride": architecture.stem_stride,
        "alpha": architecture.alpha,
        "sparse_ready": architecture.sparse_ready,
    }


def recipe_cell(variant: Variant) -> dict[str, Value]:
    """What was done to the network, and its seed."""
    return {"method": variant.recipe.method, "amount": variant.recipe.amount, "seed": variant.seed}


def quantization_cell(quantization: Quantization) -> dict[str, Value]:
    """The scheme by the name that files carry, the entry of SCHEMES that it is, and its calibration images (0: all)."""
    return {
        "scheme": quantization.name,
        "converter": quantization.scheme,
        "calibration_images": quantization.calibration_images or 0,
    }


def variant_cell(variant: Variant) -> dict[str, Value]:
    """All of the above; `model` names the weights."""
    own: dict[str, Value] = {"model": variant.model}
    return own | network_cell(variant.architecture) | recipe_cell(variant) | quantization_cell(variant.quantization)


def variant_of(name: str, cell: Cell) -> Variant:
    """The variant of a cell that `variant_cell` wrote under its name.

    Raises:
        StudyError: the cell is not that of this name.
    """
    try:
        scheme, images = str(cell["converter"]), int(str(cell["calibration_images"]))
        architecture = Architecture(
            str(cell["family"]), int(str(cell["stem_stride"])), float(str(cell["alpha"])), cell["sparse_ready"] is True
        )
        recipe = Recipe(str(cell["method"]), int(str(cell["amount"])))
        found = Variant(architecture, recipe, Quantization(scheme, images or None), int(str(cell["seed"])))
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"the cell of {name} in the plan lacks or mistakes {error}: run `make plan`") from error
    if found.name != name:
        raise StudyError(f"the cell of {name} in the plan is that of {found.name}: run `make plan`")
    return found
