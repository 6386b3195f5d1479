"""Cells that cannot be, each with the reason. The plan leaves them out and lists them; the report repeats the list."""

from study.variant import Variant

UNSTRUCTURED = ("magnitude", "magnitude_bn")
"""Methods that leave zeros scattered over the kernels."""

SPARSE_FROM = 60
"""Per cent. Below it the positions of the values take about what the zeros save (see reports of `float32_sparse`)."""

SCHEMES = {
    "dynamic_sparse": "the runtimes have no dynamic range kernel for sparse weights: use float32_sparse or int8_sparse",
    "float16_sparse": "the converter stores 16-bit floats densely: use float32_sparse",
}
"""Schemes that one may think of and that do not exist."""


def refusal(variant: Variant) -> str | None:
    """Why `variant` is no cell of any study, or None where it is one."""
    scheme, recipe = variant.quantization.scheme, variant.recipe
    if scheme == "int16x8" and variant.architecture.family.startswith("mobilenet_v3"):
        return "TFLite's HARD_SWISH has no kernel for 16-bit activations"
    if scheme.endswith("_sparse") and (recipe.method not in UNSTRUCTURED or recipe.amount < SPARSE_FROM):
        return f"sparse storage needs scattered zeros, {SPARSE_FROM} % of them or more"
    return None
