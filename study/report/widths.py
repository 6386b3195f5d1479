"""Which single network stands beside a level of a family: one of its width, cut and trained by itself."""

from dataclasses import replace

from study.convert import SCHEMES
from study.plan.variant import Level, Quantization, Recipe

WHOLE = 100
"""The width of a network from which nothing was removed, in per cent of the channels."""
ALONE = {"slimmable": "uniform", "slimmable_hidden": "uniform_hidden"}
"""Method of a family -> the method that cuts one of its widths and trains it by itself."""


def alone(level: Level) -> Level | None:
    """The file of a single network of a level's width with as much training, in the same scheme or that of single
    networks (`Scheme.several`); of the whole width it is the control's.

    None of an ordinary file, and of a family of whose widths no method makes single networks.
    """
    recipe, width = level.variant.recipe, level.width
    file = replace(level.variant, quantization=_alone(level.variant.quantization))
    if width == WHOLE:
        return Level(file.uncompressed)
    if width is None or recipe.method not in ALONE:
        return None
    return Level(replace(file, recipe=Recipe(ALONE[recipe.method], WHOLE - width)))


def _alone(scheme: Quantization) -> Quantization:
    return replace(scheme, scheme=SCHEMES[scheme.scheme].several or scheme.scheme)


def narrow(level: Level) -> bool:
    """Whether it is a level that is not the widest, or a single network beside one: meant to be less accurate than the
    whole network, in less time.
    """
    return level.width not in (None, WHOLE) or level.variant.recipe.method in ALONE.values()
