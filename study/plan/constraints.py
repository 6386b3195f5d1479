"""Cells that cannot be, each with the reason. The plan leaves them out and lists them; the report repeats the list."""

from study.plan.variant import Variant

UNSTRUCTURED = ("magnitude", "magnitude_bn")
"""Methods that leave zeros scattered over the kernels."""

SPARSE_FROM = {"float32_sparse": 50, "int8_sparse": 70}
"""Per cent. Below it the positions of the values take what the zeros save: measured on MobileNetV2, a float32 file
shrinks to 0.99 of its size at 30 % and to 0.58 at 60 %, an int8 file grows to 1.10 at 60 %."""

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
    least = SPARSE_FROM.get(scheme)
    if least and (recipe.method not in UNSTRUCTURED or recipe.amount < least):
        return f"{scheme} needs scattered zeros, {least} % of them or more: positions take what fewer zeros save"
    return None
