"""Kinds of network: those that published times speak for, and what sets all others apart."""

from dataclasses import replace

import pytest

from study.compress import METHODS
from study.convert import SCHEMES
from study.latency.network_kind import network_kind
from study.plan.variant import Architecture, Quantization, Recipe, Variant

DENSE = Variant(Architecture("mobilenet_v2"), Recipe(), Quantization(), 0)
CONTROLS = [name for name, method in METHODS.items() if method.kind == "control"]


def with_scheme(scheme: str, images: int | None = None) -> Variant:
    return replace(DENSE, quantization=Quantization(scheme, images))


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_is_a_dense_network(control: str) -> None:
    assert network_kind(replace(DENSE, recipe=Recipe(control)), 32) == network_kind(DENSE, 32) == "float32"


def test_a_scheme_is_of_the_kind_whose_kernels_it_runs() -> None:
    found = {scheme: network_kind(with_scheme(scheme), 32) for scheme in SCHEMES}
    same = {scheme for scheme, kind in found.items() if kind == "int8"}
    assert same == {"int8", "int8_full", "int8_tuned", "int8_tuned_shared"}
    assert all(kind == scheme for scheme, kind in found.items() if scheme not in same)
    assert network_kind(with_scheme("int8", 100), 32) == "int8"  # calibration changes numbers, no kernel


@pytest.mark.parametrize(
    ("variant", "size", "kind"),
    [
        (replace(DENSE, recipe=Recipe("magnitude", 60)), 32, "float32, pruned"),
        (replace(DENSE, recipe=Recipe("magnitude_bn", 60)), 32, "float32, pruned"),
        (replace(DENSE, architecture=Architecture("alexnet")), 32, "float32, alexnet"),
        (replace(DENSE, recipe=Recipe("automatic", 50)), 32, "float32, narrowed"),
        (replace(DENSE, recipe=Recipe("automatic50_magnitude", 60)), 32, "float32, narrowed, pruned"),
        (replace(DENSE, recipe=Recipe("retrained_finetune_retrained")), 32, "float32"),
        (replace(DENSE, architecture=Architecture("mobilenet_v2", alpha=0.5)), 32, "float32, narrowed"),
        (replace(DENSE, architecture=Architecture("mobilenet_v2", stem_stride=1)), 32, "float32, stem stride 1"),
        (replace(DENSE, architecture=Architecture("mobilenet_v2", sparse_ready=True)), 32, "float32, rearranged"),
        (DENSE, 31, "float32, 31x31"),
        (DENSE, 33, "float32, 33x33"),
        (DENSE, 224, "float32, 224x224"),
        (
            Variant(Architecture("mobilenet", 1, 0.5, True), Recipe("sfp", 30), Quantization("int8_full"), 0),
            64,
            "int8, narrowed, stem stride 1, rearranged, 64x64",
        ),
    ],
)
def test_what_sets_a_network_apart_is_named(variant: Variant, size: int, kind: str) -> None:
    assert network_kind(variant, size) == kind


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_place(method: str) -> None:
    whole = network_kind(replace(DENSE, recipe=Recipe(method, 50)), 32) == "float32"
    assert whole == (METHODS[method].kind == "control")
