"""From the axes of a study to the tables of its cells, each cell once and in a fixed order."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from study.compress import METHODS
from study.convert import SCHEMES
from study.errors import StudyError
from study.latency.devices import DEVICES
from study.latency.devices.remote.address import address_of
from study.networks.models import ARCHITECTURES
from study.plan.constraints import SCHEMES as IMPOSSIBLE
from study.plan.constraints import refusal
from study.plan.variant import DENSE, Architecture, Quantization, Recipe, Variant
from study.specs.data import DataSpec
from study.specs.device import SshSpec
from study.specs.grid import ArchitectureSpec, BlockSpec, GridSpec, SchemeSpec
from study.specs.parse import parse

Table = dict[str, Any]
T = TypeVar("T")

# What stands for the content of the data where no local file does: the module that pins the download, the
# list that pins the package. When it changes, the data stage runs again.
PINNED_BY = {"cifar10": "study/data/sources/cifar10.py", "digits": "constraints.txt"}
WITHOUT_ALPHA = {"efficientnet_b0"}  # EfficientNet scales width and depth by B0..B7
SPARSE_READY = ("mobilenet", "mobilenet_v2")
STRUCTURED = (
    "sfp",
    "asfp",
    "srfp",
    "asrfp",
    "slimming",
    "increg",
    "automatic",
    "automatic_coupled",
    "automatic_budget",
)
"""Methods that cut whole channels, so that the network gets narrower; their budget stands in section `structured`."""
SHARED = {"pruning": "study/compress/masks.py", "structured": "study/networks/channels"}
"""What the methods of a section of params.yaml have in common."""
DIAGNOSED_BY = "int8_selective"
"""The scheme that looks layer by layer: where it is asked for, the network's diagnosis is made too."""


def make_plan(grid: GridSpec, data: DataSpec) -> dict[str, Table]:
    """Return the tables that dvc.yaml iterates over: trained, compressed, exported, diagnosed, devices.

    Beside them `dataset`, and `excluded`: variant -> why it cannot be.

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
        "diagnosed": {},
        "devices": devices(grid.devices),
        "excluded": {},
    }
    for variant in variants:
        if reason := refusal(variant):
            plan["excluded"][variant.name] = reason
            continue
        network = _network(variant.architecture)
        plan["trained"][variant.base] = network | {"seed": variant.seed}
        method = variant.recipe.method
        recipe: dict[str, Any] = {"method": method, "amount": variant.recipe.amount, "seed": variant.seed}
        if variant.model != variant.base:
            section = recipe["section"] = section_of(method)
            code = {"code": _code("study.compress", METHODS[method]), "shared": SHARED[section]}
            plan["compressed"][variant.model] = {"base": variant.base} | network | recipe | code
        quantization = {
            "scheme": variant.quantization.name,
            "converter": variant.quantization.scheme,
            "calibration_images": variant.quantization.calibration_images or 0,
            "code": _code("study.convert", SCHEMES[variant.quantization.scheme]),
        }
        plan["exported"][variant.name] = {"model": variant.model} | network | recipe | quantization
        if variant.quantization.scheme == DIAGNOSED_BY:
            plan["diagnosed"][variant.base] = network | {"seed": variant.seed}
    for name, cell in plan["exported"].items():
        if f"{cell['architecture']}_{DENSE}_s{cell['seed']}_float32" not in plan["exported"]:
            raise StudyError(
                f"params.yaml, grid: {name} has no float32 variant of its uncompressed network to be "
                "measured against: add float32 to the schemes of its architecture and seed"
            )
    return plan


def section_of(method: str) -> str:
    """The section of params.yaml that a method reads, which names the file of its spec too."""
    return "structured" if method in STRUCTURED else "pruning"


def _code(axis: str, module: str) -> str:
    """File of the module of an axis, or its folder, where it has one of its own."""
    inside = module.removeprefix(f"{axis}.").split(".")
    return "/".join([*axis.split("."), *(inside[:-1] or [f"{inside[0]}.py"])])


def cells(grid: GridSpec) -> list[Variant]:
    """All variants of a study, each once: architecture by seed by recipe by scheme, of the grid and its blocks."""
    blocks = [_block(grid, BlockSpec(), "grid")]
    for number, values in enumerate(grid.also):
        key = f"grid.also.{number}"
        blocks.append(_block(grid, parse(BlockSpec, values, key), key))
    found = list(dict.fromkeys(variant for block in blocks for variant in block))
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
    recipes = [Recipe()] + [
        Recipe(method, amount)
        for method in _known(list(chosen), METHODS, f"{key}.recipes")
        for amount in _distinct(chosen[method], f"{key}.recipes.{method}")
    ]
    architectures = [_architecture(entry, key) for entry in block.architectures or grid.architectures]
    schemes = [_quantization(entry, key) for entry in block.schemes or grid.schemes]
    return [
        Variant(architecture, recipe, scheme, seed)
        for architecture in _distinct(architectures, f"{key}.architectures")
        for seed in _distinct(block.seeds or grid.seeds, f"{key}.seeds")
        for recipe in recipes
        for scheme in _distinct(schemes, f"{key}.schemes")
    ]


def _quantization(entry: str | dict[str, Any], key: str) -> Quantization:
    spec = parse(SchemeSpec, {"scheme": entry} if isinstance(entry, str) else entry, f"{key}.schemes")
    if spec.scheme in IMPOSSIBLE:
        raise StudyError(f"params.yaml, {key}.schemes: {spec.scheme} is not possible: {IMPOSSIBLE[spec.scheme]}")
    _known([spec.scheme], SCHEMES, f"{key}.schemes")
    return Quantization(spec.scheme, spec.calibration_images)


def _architecture(entry: str | dict[str, Any], key: str) -> Architecture:
    values = {"family": entry} if isinstance(entry, str) else entry
    key = f"{key}.architectures"
    spec = parse(ArchitectureSpec, values, key)
    _known([spec.family], ARCHITECTURES, key)
    if spec.alpha != 1.0 and spec.family in WITHOUT_ALPHA:
        raise StudyError(f"params.yaml, {key}: {spec.family} has no alpha: leave it out")
    if not math.isclose(spec.alpha * 100, round(spec.alpha * 100)):  # names carry whole per cents
        raise StudyError(f"params.yaml, {key}: alpha {spec.alpha} is no whole per cent: round it to 0.01")
    if spec.sparse_ready and spec.family not in SPARSE_READY:
        raise StudyError(f"params.yaml, {key}: {spec.family} cannot be sparse_ready: only {' and '.join(SPARSE_READY)}")
    return Architecture(spec.family, spec.stem_stride, spec.alpha, spec.sparse_ready)


def devices(entries: list[str | dict[str, Any]]) -> Table:
    """Key of a device -> its module, the file or folder of it, and what is set for it; `ssh_<name>` over SSH."""
    found: Table = {}
    for entry in entries:
        values: dict[str, Any] = {"device": entry} if isinstance(entry, str) else entry
        name = values.get("device")
        if name == "ssh":
            spec = parse(SshSpec, values, "grid.devices")
            try:
                address_of(vars(spec))
            except StudyError as error:
                raise StudyError(f"params.yaml, grid.devices: {error}") from error
            values = {key: value for key, value in vars(spec).items() if key in SshSpec.__dataclass_fields__ and value}
            name = f"ssh_{values.pop('name')}"
        elif name is None:
            raise StudyError(f"params.yaml, grid.devices: {entry!r:.80} names no device: add device: ssh")
        elif not isinstance(entry, str):
            raise StudyError(f"params.yaml, grid.devices: {name} has no settings: write its name alone")
        _known([values["device"]], DEVICES, "grid.devices")
        if name in found:
            raise StudyError(f"params.yaml, grid.devices: {name} stands twice")
        found[str(name)] = values | {"code": _code("study.latency.devices", DEVICES[values["device"]])}
    return found


def _network(architecture: Architecture) -> dict[str, Any]:
    return {
        "architecture": architecture.name,
        "family": architecture.family,
        "stem_stride": architecture.stem_stride,
        "alpha": architecture.alpha,
        "sparse_ready": architecture.sparse_ready,
    }


def _known(names: list[str], table: Mapping[str, str], key: str) -> list[str]:
    for name in names:
        if name not in table:
            raise StudyError(f"params.yaml, {key}: unknown name '{name}': choose from {', '.join(sorted(table))}")
    return _distinct(names, key)


def _distinct(values: list[T], key: str) -> list[T]:
    for value in values:
        if values.count(value) > 1:
            raise StudyError(f"params.yaml, {key}: {getattr(value, 'name', value)} stands twice")
    return values
