"""A plan: every file of a study, each once and in a fixed order, and the devices that measure them.

Cells are written to plan.yaml and kept beside a report as plain values; `variant_of` is the one way back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from study.compress import METHODS
from study.convert import SCHEMES
from study.errors import StudyError
from study.networks.models import ARCHITECTURES
from study.plan.variant import Architecture, Quantization, Recipe, Variant
from study.registry import Entry

NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
"""Names of variants and levels: words that file systems and DVC take as they are."""

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
    """What building a network needs, and what it starts from where that is no random weights."""
    start: dict[str, Value] = {"start": architecture.start} if architecture.start else {}
    own: dict[str, Value] = {
        "architecture": architecture.name,
        "family": architecture.family,
        "stem_stride": architecture.stem_stride,
        "alpha": architecture.alpha,
        "sparse_ready": architecture.sparse_ready,
    }
    return own | start


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

    A cell may come from somebody else's report, and its name becomes that of files.

    Raises:
        StudyError: the name is none, the cell is not that of this name, or names what is not registered here.
    """
    if not NAME.fullmatch(name):
        raise StudyError(f"{name!r:.80} is no name of a variant: write the plan, or that report, again")
    try:
        scheme, images = str(cell["converter"]), int(str(cell["calibration_images"]))
        family = str(cell["family"])
        architecture = Architecture(
            family,
            int(str(cell["stem_stride"])),
            float(str(cell["alpha"])),
            cell["sparse_ready"] is True,
            str(cell["architecture"]) if family in ARCHITECTURES and ARCHITECTURES[family].brought else "",
            start=str(cell.get("start", "")),
        )
        recipe = Recipe(str(cell["method"]), int(str(cell["amount"])))
        found = Variant(architecture, recipe, Quantization(scheme, images or None), int(str(cell["seed"])))
        matches = found.name == name
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise StudyError(
            f"the cell of {name} lacks or mistakes {error}: write the plan, or that report, again"
        ) from error
    if not matches:
        raise StudyError(f"the cell of {name} is that of another variant: write the plan, or that report, again")
    named: list[tuple[str, Mapping[str, Entry]]] = [(architecture.family, ARCHITECTURES), (scheme, SCHEMES)]
    for own, table in [*named, *((step.method, METHODS) for step in recipe.steps)]:
        if own not in table:
            raise StudyError(
                f"{name}: '{own}' is not registered in this version: choose from {', '.join(sorted(table))}"
            )
    return found
