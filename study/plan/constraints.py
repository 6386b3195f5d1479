"""Cells that cannot be, each with the reason. The plan leaves them out and lists them; the report repeats the list."""

import re

from study.compress import METHODS
from study.convert import SCHEMES
from study.errors import StudyError
from study.networks.models import ARCHITECTURES
from study.plan.variant import Variant


def exclusion(variant: Variant) -> str | None:
    """Why `variant` is no cell of any study, or None where it is one."""
    recipe, name = variant.recipe, variant.quantization.scheme
    scheme, family = SCHEMES[name], variant.architecture.family
    for start, reason in scheme.refused.items():
        if family.startswith(start):
            return reason
    if any(METHODS[step.method].chain for step in recipe.steps) and not ARCHITECTURES[family].chain:
        able = " or ".join(name for name, one in ARCHITECTURES.items() if one.chain)
        own = ARCHITECTURES[family].brought
        why = "nobody knows of one's own whether they can be" if own else f"sums or products tie those of {family}"
        return f"{recipe.method} is for channels in groups, and {why}: take {able}"
    if scheme.alone and recipe.widths:
        return f"{name} takes files of one level only: {scheme.alone}"
    if scheme.several and not recipe.widths:
        return f"{name} is for files of several levels: {recipe.name} holds one network"
    if scheme.zeros and ("unstructured" not in recipe.kinds or recipe.amount < scheme.zeros):
        return f"{name} needs scattered zeros, {scheme.zeros} % of them or more: positions take what fewer zeros save"
    return None


def refuse_chain(name: str, key: str) -> None:
    """Say why methods that follow each other in `name`, which is no recipe, do not; nothing where it names no two.

    Raises:
        StudyError: names `key` of params.yaml.
    """
    found = [re.fullmatch(rf"({first})(\d*)_({then})(\d*_.*)?", name) for first in METHODS for then in METHODS]
    match = next(filter(None, found), None)
    if match is None:
        return
    first, _, then, more = match.groups()
    why = f"{then} does not follow {first}: a method that cuts channels comes first, one that prunes weights second"
    if more:
        why = "more than two methods do not follow each other: leave one out"
    elif (METHODS[first].kind, METHODS[then].kind) == ("structured", "unstructured"):
        why = f"it does not say how much {first} cuts: write 1 to 99 behind it, as {first}50_{then}"
    raise StudyError(f"params.yaml, {key}: {name:.80}: {why}")
