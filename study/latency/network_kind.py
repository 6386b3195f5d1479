"""What kind of network a file holds, as far as its time goes: an error found on one kind says nothing of another."""

from study.convert import SCHEMES
from study.networks.models import ARCHITECTURES
from study.plan.variant import Variant

BY_METHOD = {"unstructured": ("pruned",), "structured": ("narrowed",), "family": ("level",), "control": ()}
"""What a kind of method does to the time of a network. A control trains the whole network on: its time is that of a
dense one."""


def network_kind(variant: Variant, image_size: int) -> str:
    """`float32` and `int8` are whole networks whose times are published, on 32x32 images; all others say what they are.

    Args:
        variant: the file.
        image_size: pixels of a side of its input.

    Returns: the scheme whose kernels it runs, and what sets it apart, such as `int8, pruned` or `float32, narrowed`.
    """
    own, scheme = variant.architecture, variant.quantization.scheme
    apart = [] if ARCHITECTURES[own.family].timed else [own.family]
    apart += [word for kind in variant.recipe.kinds for word in BY_METHOD[kind]]
    if own.alpha != 1.0 and "narrowed" not in apart:
        apart.append("narrowed")
    if own.stem_stride != 2:
        apart.append(f"stem stride {own.stem_stride}")
    if own.own:
        apart.append("own network")
    if own.sparse_ready:
        apart.append("rearranged")
    if image_size != 32:
        apart.append(f"{image_size}x{image_size}")
    return ", ".join([SCHEMES[scheme].kernels or scheme, *apart])
