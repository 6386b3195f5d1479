"""Which single network stands beside a level of a family: one of its width, cut and trained by itself."""

from dataclasses import replace

from study.compress import METHODS
from study.convert import SCHEMES
from study.plan.variant import Level, Recipe, Variant

WHOLE = 100
"""The width of a network from which nothing was removed, in per cent of the channels."""
ALONE = {
    "slimmable": "uniform",
    "slimmable_hidden": "uniform_hidden",
    "incremental": "incremental_alone",
    "incremental_block": "incremental_block_alone",
}
"""Method of a family -> the method that trains a network of one of its widths by itself, or a family of such."""


def alone(level: Level) -> Level | None:
    """The file of a single network of a level's width with as much training, in the same scheme or that of single
    networks (`Scheme.several`); of the whole width it is the control's. Where the single networks share a file, because
    their structure is none that others have, it is the level of the same name.

    None of an ordinary file, and of a family of whose widths no method makes single networks.
    """
    recipe, width = level.variant.recipe, level.width
    method = ALONE.get(recipe.method)
    if method and METHODS[method].kind == "family":
        return Level(replace(level.variant, recipe=Recipe(method, recipe.amount)), level.signature)
    if width == WHOLE:
        return whole(level)
    if width is None or method is None:
        return None
    return Level(replace(_single(level.variant), recipe=Recipe(method, WHOLE - width)))


def whole(level: Level) -> Level:
    """The file of the whole network with as much training, in the scheme of single networks."""
    return Level(_single(level.variant).uncompressed)


def _single(file: Variant) -> Variant:
    scheme = file.quantization.scheme
    return replace(file, quantization=replace(file.quantization, scheme=SCHEMES[scheme].several or scheme))


def narrow(level: Level) -> bool:
    """Whether it is a level that is not the widest, or a single network beside one: meant to be less accurate than the
    whole network, in less time.
    """
    if level.width is not None:
        return level.width != WHOLE
    return level.variant.recipe.method in ALONE.values()
