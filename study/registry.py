"""What an axis of the study knows of its entries, and how an entry is found.

An axis is a literal table, name -> entry, in the `__init__.py` of its package. An entry owns all that others must know
of it without importing it: adding one is its file and its line there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, Protocol

from study.errors import StudyError


class Entry(Protocol):
    """Anything that is registered: the module that implements it, imported on use."""

    @property
    def module(self) -> str:
        """Dotted name."""


@dataclass(frozen=True)
class Source:
    """Where images come from: `load(path, cache, image_size) -> Dataset`.

    `train_images`: how many it has; None: as many as stand at `path`, `count_train(path) -> int` says.
    """

    module: str
    train_images: int | None = None


@dataclass(frozen=True)
class Family:
    """An architecture: `build(classes, input_shape, stem_stride, alpha) -> Model`.

    `width`: it has a width multiplier. `sparse_ready`: `build` takes the option of that name. `chain`: each layer reads
    one other and no channels are added or multiplied, so that they can be cut into groups. `timed`: its times on a
    Raspberry Pi 4B are published, and predictions were validated by them. `brought`: its networks come trained, each
    with its own graph: instead of `build` there is `rebuilt(graph)`.
    """

    module: str
    width: bool = True
    sparse_ready: bool = False
    chain: bool = False
    timed: bool = False
    brought: bool = False


@dataclass(frozen=True)
class Method:
    """A compression method: `compress(model, amount, spec, trainer) -> Family`, and SPEC, the class of its budget.

    `kind` is what it does to a network: `unstructured` leaves zeros scattered over the kernels, `structured` cuts whole
    channels, so that the network gets narrower and its amount is no sparsity; `family` makes several widths of it;
    `control` removes nothing and only trains on, its amount is 0. `section` of params.yaml holds its budget.
    Amounts are per cent, or percentage points of accuracy that it may lose. Where a method trains, `control` names the
    one that gives the dense network the same training: the plan adds it, and results are counted against it. `levels`:
    how many networks its result holds, of widths evenly spaced from the amount to 100 per cent. `chain`: it cuts
    channels into groups, or is the control of what does, and only architectures of that flag allow that. `how` tells a
    model card's reader.
    """

    module: str
    kind: Literal["unstructured", "structured", "family", "control"]
    section: str
    how: str
    unit: Literal["percent", "points"] = "percent"
    control: str = ""
    levels: int = 1
    chain: bool = False

    @property
    def trains(self) -> bool:
        """Whether epochs of its own follow those of the dense network."""
        return bool(self.control) or self.kind == "control"


@dataclass(frozen=True)
class Scheme:
    """A quantization scheme: `convert(levels, calibration, validation) -> bytes` (levels: study/convert/signatures.py).

    `zeros`: the least per cent of scattered zeros that it needs. `refused`: families (how their names begin) that it
    cannot convert -> why. `alone`: why it takes files of one level only; `several`: it is for files of several,
    beside single networks in the scheme named. `integer_ports`: input and output are int8. `calibrated`: it needs
    calibration images. `diagnosed`: it looks at a network layer by layer, so where it is asked for, the diagnosis is
    made too. `kernels` names another scheme whose kernels its files run, so that they take that one's time. `package`:
    an optional one that it imports, as (import name, extra of pyproject.toml). `unknown_to`: runtimes that refuse its
    files -> why. `how` tells a model card's reader.
    """

    module: str
    how: str
    calibrated: bool = False
    zeros: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    integer_ports: bool = False
    diagnosed: bool = False
    alone: str = ""
    several: str = ""
    kernels: str = ""
    package: tuple[str, str] | None = None
    unknown_to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Device:
    """A device: `prepare(models, spec, target)` and `measure(models, begun, spec, target)`.

    `jobs`: the runtimes and thread counts that it covers whatever params.yaml asks for; none: those asked for.
    `board`: what its figures are computed for, where it does not time them. `note`: what one must know to read them.
    """

    module: str
    jobs: tuple[tuple[str, int], ...] = ()
    board: str = ""
    note: str = ""


def load(table: Mapping[str, Entry], name: str, function: str) -> Callable[..., Any]:
    """Return `function` of the module registered as `name`.

    Modules are imported on use, so listing an axis costs nothing and an entry's dependencies are its own.

    Raises:
        StudyError: the name is not registered; the message lists the names that are.
    """
    if name not in table:
        raise StudyError(f"unknown name '{name}': choose one of {', '.join(sorted(table))}")
    found: Callable[..., Any] = getattr(import_module(table[name].module), function)
    return found
