"""Cells that cannot be, each with the reason. The plan leaves them out and lists them; the report repeats the list."""

from study.compress import METHODS
from study.convert import SCHEMES
from study.plan.variant import Variant


def exclusion(variant: Variant) -> str | None:
    """Why `variant` is no cell of any study, or None where it is one."""
    recipe, name = variant.recipe, variant.quantization.scheme
    scheme = SCHEMES[name]
    for family, reason in scheme.refused.items():
        if variant.architecture.family.startswith(family):
            return reason
    if scheme.alone and recipe.widths:
        return f"{name} takes files of one level only: {scheme.alone}"
    if scheme.several and not recipe.widths:
        return f"{name} is for files of several levels: {recipe.name} holds one network"
    scattered = not recipe.is_dense and METHODS[recipe.method].kind == "unstructured"
    if scheme.zeros and (not scattered or recipe.amount < scheme.zeros):
        return f"{name} needs scattered zeros, {scheme.zeros} % of them or more: positions take what fewer zeros save"
    return None
