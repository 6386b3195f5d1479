"""Cells that cannot be, each with the reason. The plan leaves them out and lists them; the report repeats the list."""

from study.compress import METHODS
from study.convert import SCHEMES
from study.networks.models import ARCHITECTURES
from study.plan.variant import Variant


def exclusion(variant: Variant) -> str | None:
    """Why `variant` is no cell of any study, or None where it is one."""
    recipe, name = variant.recipe, variant.quantization.scheme
    scheme, family = SCHEMES[name], variant.architecture.family
    for start, reason in scheme.refused.items():
        if family.startswith(start):
            return reason
    if not recipe.is_dense and METHODS[recipe.method].chain and not ARCHITECTURES[family].chain:
        able = " or ".join(name for name, one in ARCHITECTURES.items() if one.chain)
        own = ARCHITECTURES[family].brought
        why = "nobody knows of one's own whether they can be" if own else f"sums or products tie those of {family}"
        return f"{recipe.method} is for channels in groups, and {why}: take {able}"
    if scheme.alone and recipe.widths:
        return f"{name} takes files of one level only: {scheme.alone}"
    if scheme.several and not recipe.widths:
        return f"{name} is for files of several levels: {recipe.name} holds one network"
    scattered = not recipe.is_dense and METHODS[recipe.method].kind == "unstructured"
    if scheme.zeros and (not scattered or recipe.amount < scheme.zeros):
        return f"{name} needs scattered zeros, {scheme.zeros} % of them or more: positions take what fewer zeros save"
    return None
