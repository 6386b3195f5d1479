"""The one place where names are made. A name says what a result is of; files, stages and rows carry it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from study.compress import METHODS
from study.networks.pretrained import IMAGENET
from study.tflite.signature import SERVING_DEFAULT, of_width, widths

DENSE = "dense"
LONGEST = 60
"""Characters that the name of a network of one's own has at most: names of files grow behind it."""


@dataclass(frozen=True)
class Brought:
    """Where a network of one's own comes from.

    `input_range` is what it takes in place of 0..255; None where its own layers scale. `labels` are the classes in the
    order of its outputs, or a text file with one a line; None where that is the order of the data's classes.
    """

    path: str
    input_range: tuple[float, float] | None = None
    labels: tuple[str, ...] | str | None = None


def own_name(path: str, families: Iterable[str]) -> str:
    """The name of the network in the file at `path`: its stem in lower case, other characters than a-z0-9 as `_`.

    Where it begins as a family's name does, or not with a letter, `own_` stands before it.
    """
    stem = _stem(PurePath(path).stem)
    plain = stem[:1].isalpha() and not any(stem.startswith(family) for family in families)
    return stem if plain else f"own_{stem or 'network'}"


def start_name(weights: str) -> str:
    """What the weights that a network starts from are called in its name: `imagenet`, `from_` and a file's stem."""
    if weights == IMAGENET:
        return weights
    return f"from_{_stem(PurePath(weights).name.split('.')[0]) or 'file'}"


def _stem(file: str) -> str:
    """The name of a file as part of a name: lower case, other characters than a-z0-9 as `_`."""
    return re.sub(r"[^a-z0-9]+", "_", file.lower()).strip("_")[:LONGEST].strip("_")


@dataclass(frozen=True)
class Architecture:
    """A network family with its options, or a trained network of one's own.

    `stem_stride` is 2 (as published) or 1; `alpha` is the width multiplier; `sparse_ready` asks for paddings and
    an output stride with which XNNPACK can compute on sparse weights. `start` names the weights that it starts from
    instead of random ones, `imagenet` or `from_STEM` of the file at `weights`. `own` is the name of a network of one's
    own; where it, or a start, comes from is no part of what it is.
    """

    family: str
    stem_stride: int = 2
    alpha: float = 1.0
    sparse_ready: bool = False
    own: str = ""
    brought: Brought | None = field(default=None, compare=False)
    start: str = ""
    weights: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """`mobilenet_v2`, `mobilenet_v2_stem1`, `mobilenet_v2_alpha50`, `mobilenet_v2_sparse_ready`,
        `mobilenet_v2_imagenet`, `my_network`.
        """
        if self.own:
            return self.own
        stem = "" if self.stem_stride == 2 else f"_stem{self.stem_stride}"
        alpha = "" if self.alpha == 1.0 else f"_alpha{round(self.alpha * 100)}"
        start = f"_{self.start}" if self.start else ""
        return f"{self.family}{stem}{alpha}{'_sparse_ready' if self.sparse_ready else ''}{start}"


@dataclass(frozen=True)
class Recipe:
    """A compression method and its amount in per cent. At 0 nothing is removed: `dense` is the trained network itself,
    the others are controls, trained further as some method trains.

    What was done before may stand in front of the method: `automatic50_magnitude` prunes what `automatic50` left.
    """

    method: str = DENSE
    amount: int = 0

    @property
    def name(self) -> str:
        """`dense`, `retrained`, `magnitude60`, `automatic50_magnitude60`."""
        return f"{self.method}{self.amount}" if self.amount else self.method

    @property
    def is_dense(self) -> bool:
        """Whether it is the trained network itself."""
        return self.method == DENSE

    @property
    def steps(self) -> "tuple[Recipe, ...]":
        """What is done, one method after the other: of most recipes one, of `dense` none."""
        if self.is_dense:
            return ()
        first = None if self.method in METHODS else _chained(self.method)
        return (self,) if first is None else (first[0], Recipe(first[1], self.amount))

    @property
    def before(self) -> "Recipe":
        """The recipe whose result this one starts from."""
        return self.steps[0] if len(self.steps) > 1 else Recipe()

    @property
    def kinds(self) -> tuple[str, ...]:
        """What each step does to a network: `kind` of its method."""
        return tuple(METHODS[step.method].kind for step in self.steps)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths in per cent of the levels that its result holds, the widest first; none where it is one network."""
        count = METHODS[self.steps[-1].method].levels if self.steps else 1
        return widths(self.amount, count) if count > 1 else ()

    @property
    def control(self) -> "Recipe":
        """The whole network with as much training: what results of this recipe are counted against.

        Of two steps it is trained through both of their budgets, one after the other.
        """
        if self.is_dense or self.kinds[-1] == "control":
            return self
        controls = [METHODS[step.method].control for step in self.steps]
        return Recipe("_".join(filter(None, controls)) or DENSE)


def _chained(method: str) -> tuple[Recipe, str] | None:
    """The first step and the method of the second, of a name such as `automatic50_magnitude`; None: it is no such name.

    Weights follow channels, since a pruned network whose channels are cut afterwards has another share of zeros; and a
    control follows a control.
    """
    for own, entry in METHODS.items():
        first = re.fullmatch(rf"(\w*[a-z])([1-9]\d?)?_{own}", method)
        if first and first[1] in METHODS:
            kinds, amount = (METHODS[first[1]].kind, entry.kind), int(first[2] or 0)
            if kinds == (("structured", "unstructured") if amount else ("control", "control")):
                return Recipe(first[1], amount), own
    return None


@dataclass(frozen=True)
class Quantization:
    """A quantization scheme, and how many of the calibration images it is given (None: all)."""

    scheme: str = "float32"
    calibration_images: int | None = None

    @property
    def name(self) -> str:
        """`int8`, `int8_cal100`."""
        return self.scheme if self.calibration_images is None else f"{self.scheme}_cal{self.calibration_images}"


@dataclass(frozen=True)
class Variant:
    """One file of the study: an architecture, what was done to it, and the seed of its training."""

    architecture: Architecture
    recipe: Recipe
    quantization: Quantization
    seed: int

    @property
    def base(self) -> str:
        """The weights that this one is compressed from: the trained network's, or those that a step before left."""
        return replace(self, recipe=self.recipe.before).model

    @property
    def model(self) -> str:
        """Its weights, before quantization."""
        return f"{self.architecture.name}_{self.recipe.name}_s{self.seed}"

    @property
    def name(self) -> str:
        """`mobilenet_v2_magnitude60_s0_int8`: the exported file and every result of it."""
        return f"{self.model}_{self.quantization.name}"

    @property
    def levels(self) -> "tuple[Level, ...]":
        """What the file holds, the widest first: each level is a row of every table."""
        signatures = [of_width(width) for width in self.recipe.widths] or [SERVING_DEFAULT]
        return tuple(Level(self, signature) for signature in signatures)

    @property
    def in_float(self) -> "Variant":
        """The same weights without quantization."""
        return replace(self, quantization=Quantization())

    @property
    def uncompressed(self) -> "Variant":
        """The same scheme on the whole network with as much training."""
        return replace(self, recipe=self.recipe.control)

    @property
    def baseline(self) -> "Variant":
        """What it is measured against: the float32 file of the whole network, equally trained, of the same seed."""
        return self.uncompressed.in_float

    @property
    def start(self) -> "Variant":
        """The float32 file of the dense network that it began as, before any further training."""
        return replace(self, recipe=Recipe(), quantization=Quantization())


@dataclass(frozen=True)
class Level:
    """One signature of a file, which is what results belong to. Ordinary files have one."""

    variant: Variant
    signature: str = SERVING_DEFAULT

    @property
    def width(self) -> int | None:
        """Of a family's level, in per cent of the channels; None of an ordinary file."""
        return {of_width(width): width for width in self.variant.recipe.widths}.get(self.signature)

    @property
    def name(self) -> str:
        """The file's name; of a further signature, with that behind it."""
        return self.variant.name if self.signature == SERVING_DEFAULT else f"{self.variant.name}_{self.signature}"

    @property
    def baseline(self) -> "Level":
        """The float32 file of the whole network, equally trained, that it is measured against."""
        return Level(self.variant.baseline)

    @property
    def start(self) -> "Level":
        """The float32 file of the dense network that it began as."""
        return Level(self.variant.start)
