"""From the axes of a study to its plan."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from study.compress import METHODS
from study.convert import ABSENT, SCHEMES
from study.errors import StudyError, nearest
from study.latency.devices import DEVICES
from study.latency.devices.remote.address import address_of
from study.networks.models import ARCHITECTURES
from study.networks.pretrained import IMAGENET
from study.networks.pretrained.published import ENDINGS, check
from study.plan.cells import MeasuringDevice, Plan
from study.plan.constraints import exclusion, refuse_chain
from study.plan.variant import Architecture, Brought, Quantization, Recipe, Variant, own_name, start_name
from study.specs.device import SshSpec
from study.specs.grid import ArchitectureSpec, BlockSpec, GridSpec, SchemeSpec
from study.specs.parse import parse

T = TypeVar("T")


def make_plan(grid: GridSpec) -> Plan:
    """Return what a study consists of.

    Raises:
        StudyError: a name is not registered, or stands twice; or a variant has no baseline.
    """
    variants = cells(grid)
    excluded = {variant.name: reason for variant in variants if (reason := exclusion(variant))}
    kept = tuple(variant for variant in variants if variant.name not in excluded)
    for variant in kept:
        if variant.baseline not in kept:
            raise StudyError(
                f"params.yaml, grid: {variant.name} has no float32 variant of its uncompressed network to be measured "
                "against: add float32 to the schemes of its architecture and seed"
            )
    return Plan(kept, devices(grid.devices), excluded)


def cells(grid: GridSpec) -> list[Variant]:
    """All variants of a study, each once: architecture by seed by recipe by scheme, of the grid and its blocks.

    Wherever a method trains, its control stands in the same schemes: the whole network with as much training. Where one
    method follows another, what the first leaves is there too, and its control, in float32.
    """
    blocks = [_block(grid, BlockSpec(), "grid")]
    for number, values in enumerate(grid.also):
        key = f"grid.also.{number}"
        blocks.append(_block(grid, parse(BlockSpec, values, key), key))
    found = list(dict.fromkeys(variant for block in blocks for variant in block))
    _one_file_a_name(variant.architecture for block in blocks for variant in block)
    order: list[dict[Any, int]] = [
        {value: number for number, value in enumerate(dict.fromkeys(axis))}
        for axis in (
            (variant.architecture for variant in found),
            (variant.recipe.method for variant in found),
            (variant.quantization for variant in found),
        )
    ]

    def place(variant: Variant) -> tuple[int, ...]:
        architecture, method = order[0][variant.architecture], order[1][variant.recipe.method]
        return architecture, variant.seed, method, variant.recipe.amount, order[2][variant.quantization]

    return sorted(found, key=place)


def _block(grid: GridSpec, block: BlockSpec, key: str) -> list[Variant]:
    """The variants of one block, in which `grid` fills what is left out."""
    chosen = grid.recipes if block.recipes is None else block.recipes
    compressed = [
        Recipe(method, amount)
        for method in _methods(list(chosen), f"{key}.recipes")
        for amount in _distinct(chosen[method], f"{key}.recipes.{method}")
    ]
    for recipe in compressed:
        if len(set(recipe.widths)) < len(recipe.widths):
            raise StudyError(
                f"params.yaml, {key}.recipes.{recipe.method}: {recipe.amount} leaves levels of the same width: "
                f"choose {101 - len(recipe.widths)} or less"
            )
    recipes = list(dict.fromkeys([Recipe(), *(recipe.control for recipe in compressed), *compressed]))
    architectures = [_architecture(entry, key) for entry in block.architectures or grid.architectures]
    schemes = [_quantization(entry, key) for entry in block.schemes or grid.schemes]
    before = [
        first for recipe in compressed if len(recipe.steps) > 1 for first in (recipe.before.control, recipe.before)
    ]
    for own in architectures if before else ():
        if own.own:
            raise StudyError(
                f"params.yaml, {key}.recipes: one method after another is for the study's own families: leave such "
                f"recipes out for {own.name}"
            )
    return [
        Variant(architecture, recipe, scheme, seed)
        for architecture in _distinct(architectures, f"{key}.architectures")
        for seed in _distinct(block.seeds or grid.seeds, f"{key}.seeds")
        for recipe, scheme in [
            *((recipe, scheme) for recipe in recipes for scheme in _distinct(schemes, f"{key}.schemes")),
            *((recipe, Quantization()) for recipe in before),
        ]
    ]


def _methods(chosen: list[str], key: str) -> list[str]:
    """The names of methods, alone or behind what is done before: `automatic50_magnitude`."""
    for name in chosen:
        steps = Recipe(name, 1).steps
        if len(steps) == 1 and name not in METHODS:
            refuse_chain(name, key)
            known([name], METHODS, key)
        if METHODS[steps[-1].method].kind == "control":
            raise StudyError(f"params.yaml, {key}: {name} is added beside each method that trains: leave it out")
    return chosen


def _quantization(entry: str | Mapping[str, object], key: str) -> Quantization:
    spec = parse(SchemeSpec, {"scheme": entry} if isinstance(entry, str) else entry, f"{key}.schemes")
    if spec.scheme in ABSENT:
        raise StudyError(f"params.yaml, {key}.schemes: {spec.scheme} is not possible: {ABSENT[spec.scheme]}")
    known([spec.scheme], SCHEMES, f"{key}.schemes")
    return Quantization(spec.scheme, spec.calibration_images)


def _architecture(entry: str | Mapping[str, object], key: str) -> Architecture:
    values = {"family": entry} if isinstance(entry, str) else entry
    key = f"{key}.architectures"
    spec = parse(ArchitectureSpec, values, key)
    known([spec.family], ARCHITECTURES, key)
    if ARCHITECTURES[spec.family].brought:
        return _own(spec, key)
    for option in ("path", "input_range", "labels"):
        if getattr(spec, option) is not None:
            raise StudyError(f"params.yaml, {key}: {option} is for `family: file`: leave it out of {spec.family}")
    if spec.alpha != 1.0 and not ARCHITECTURES[spec.family].width:
        raise StudyError(f"params.yaml, {key}: {spec.family} has no alpha: leave it out")
    if not math.isclose(spec.alpha * 100, round(spec.alpha * 100)):  # names carry whole per cents
        raise StudyError(f"params.yaml, {key}: alpha {spec.alpha} is no whole per cent: round it to 0.01")
    if spec.sparse_ready and not ARCHITECTURES[spec.family].sparse_ready:
        able = " and ".join(name for name, family in ARCHITECTURES.items() if family.sparse_ready)
        raise StudyError(f"params.yaml, {key}: {spec.family} cannot be sparse_ready: only {able}")
    plain = Architecture(spec.family, spec.stem_stride, spec.alpha, spec.sparse_ready)
    return plain if spec.weights is None else _started(plain, spec.weights, key)


def _started(plain: Architecture, weights: str, key: str) -> Architecture:
    """A network that starts from weights; a file is looked for when the plan is checked."""
    if not weights or not _readable(weights):
        raise StudyError(f"params.yaml, {key}: weights must be imagenet or the path of a file (got {weights!r:.80})")
    try:
        check(plain.family, plain.alpha if weights == IMAGENET else 1.0)
    except StudyError as error:
        raise StudyError(f"params.yaml, {key}: {error}, or leave weights out") from error
    if weights != IMAGENET and not weights.endswith(ENDINGS):
        raise StudyError(f"params.yaml, {key}: weights {weights} must end in {', '.join(ENDINGS)}, or be imagenet")
    return replace(plain, start=start_name(weights), weights=weights)


def _readable(text: str) -> bool:
    """Whether it can stand in plan.yaml, where DVC reads `${` as the beginning of a variable."""
    return text.isprintable() and "${" not in text


def _own(spec: ArchitectureSpec, key: str) -> Architecture:
    """A trained network of one's own."""
    if not spec.path:
        raise StudyError(f"params.yaml, {key}: `family: file` needs the path of a .keras or .h5 file or a SavedModel")
    for text in (spec.path, *([spec.labels] if isinstance(spec.labels, str) else spec.labels or [])):
        if not _readable(text):
            raise StudyError(f"params.yaml, {key}: {text!r:.80} holds control characters or ${{: rename it")
    plain = ArchitectureSpec(spec.family)
    for option in ("stem_stride", "alpha", "sparse_ready", "weights"):
        if getattr(spec, option) != getattr(plain, option):
            raise StudyError(f"params.yaml, {key}: {option} cannot be changed in {spec.path}: leave it out")
    low, high = spec.input_range or (0.0, 1.0)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise StudyError(f"params.yaml, {key}: input_range must be [lowest, highest] (got {spec.input_range})")
    labels = tuple(spec.labels) if isinstance(spec.labels, list) else spec.labels
    name = own_name(spec.path, (family for family, entry in ARCHITECTURES.items() if not entry.brought))
    brought = Brought(spec.path, (low, high) if spec.input_range else None, labels)
    return Architecture(spec.family, own=name, brought=brought)


def _one_file_a_name(architectures: Iterable[Architecture]) -> None:
    """Names of files become names of results: two files, or two readings of one, may not share one."""
    seen: dict[str, Brought | None] = {}
    files: dict[str, str] = {}
    for own in architectures:
        if own.start and files.setdefault(own.name, own.weights) != own.weights:
            raise StudyError(
                f"params.yaml, grid: {files[own.name]} and {own.weights} are both named {own.name}: rename one"
            )
        if own.own and seen.setdefault(own.own, own.brought) != own.brought:
            raise StudyError(
                f"params.yaml, grid: two entries of `family: file` are both named {own.own}: rename one of the files, "
                "or write the entry the same way everywhere"
            )


def devices(entries: Sequence[str | Mapping[str, object]]) -> tuple[MeasuringDevice, ...]:
    """The devices of a study; one over SSH has the key `ssh_<name>`."""
    found: dict[str, MeasuringDevice] = {}
    for entry in entries:
        device = _device({"device": entry} if isinstance(entry, str) else entry, isinstance(entry, str))
        known([device.device], DEVICES, "grid.devices")
        if device.key in found:
            raise StudyError(f"params.yaml, grid.devices: {device.key} stands twice")
        found[device.key] = device
    return tuple(found.values())


def _device(values: Mapping[str, object], alone: bool) -> MeasuringDevice:
    name = values.get("device")
    if name == "ssh":
        spec = parse(SshSpec, values, "grid.devices")
        try:
            address_of(vars(spec))
        except StudyError as error:
            raise StudyError(f"params.yaml, grid.devices: {error}") from error
        settings = {key: value for key, value in vars(spec).items() if key in SshSpec.__dataclass_fields__ and value}
        return MeasuringDevice(f"ssh_{settings.pop('name')}", settings.pop("device"), settings)
    if name is None:
        raise StudyError(f"params.yaml, grid.devices: {values!r:.80} names no device: add device: ssh")
    if not alone:
        raise StudyError(f"params.yaml, grid.devices: {name} has no settings: write its name alone")
    return MeasuringDevice(str(name), str(name), {})


def known(names: list[str], table: Mapping[str, object], key: str) -> list[str]:
    """Return `names` that stand under `key`, if each is in `table`, once.

    Raises:
        StudyError: one is not, or twice; the message says which name is nearest.
    """
    for name in names:
        if name not in table:
            raise StudyError(
                f"params.yaml, {key}: unknown name '{name:.80}'{nearest(name, table)}: "
                f"choose from {', '.join(sorted(table))}"
            )
    return _distinct(names, key)


def _distinct(values: list[T], key: str) -> list[T]:
    for value in values:
        if values.count(value) > 1:
            raise StudyError(f"params.yaml, {key}: {getattr(value, 'name', value)} stands twice")
    return values
