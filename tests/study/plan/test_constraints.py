"""Cells that cannot be, at the limits that the module names."""

import pytest

from study.compress import METHODS
from study.convert import SCHEMES
from study.networks.models import ARCHITECTURES
from study.plan.constraints import exclusion
from study.plan.variant import Architecture, Quantization, Recipe, Variant


def refused(recipe: Recipe, scheme: str) -> str | None:
    return exclusion(Variant(Architecture("mobilenet_v2"), recipe, Quantization(scheme), 0))


@pytest.mark.parametrize("scheme, least", [("float32_sparse", 50), ("int8_sparse", 70)])
def test_positions_are_stored_from_the_least_amount_on(scheme: str, least: int) -> None:
    assert SCHEMES[scheme].zeros == least
    assert refused(Recipe("magnitude", least), scheme) is None
    assert refused(Recipe("magnitude_bn", least), scheme) is None
    assert f"needs scattered zeros, {least} % of them or more" in str(refused(Recipe("magnitude", least - 1), scheme))


def test_zeros_behind_a_cut_of_channels_are_scattered_too() -> None:
    assert refused(Recipe("automatic50_magnitude", 70), "int8_sparse") is None
    assert "70 % of them or more" in str(refused(Recipe("automatic90_magnitude", 69), "int8_sparse"))


@pytest.mark.parametrize("recipe", [Recipe(), Recipe("sfp", 90)])
def test_positions_are_of_no_use_where_zeros_are_not_scattered(recipe: Recipe) -> None:
    assert "needs scattered zeros" in str(refused(recipe, "float32_sparse"))
    assert refused(recipe, "float32") is None


@pytest.mark.parametrize("scheme", ["int8_selective", "int16x8", "int4_selective"])
def test_some_schemes_take_one_level_only(scheme: str) -> None:
    assert "takes files of one level only" in str(refused(Recipe("slimmable", 25), scheme))
    assert refused(Recipe("uniform", 25), scheme) is None
    assert refused(Recipe("slimmable", 25), "int8") is None


@pytest.mark.parametrize("method", sorted(name for name, one in METHODS.items() if one.chain))
def test_channels_in_groups_need_networks_that_nothing_ties_together(method: str) -> None:
    recipe = Recipe(method, 0 if METHODS[method].kind == "control" else 25)
    refusals = {family: exclusion(Variant(Architecture(family), recipe, Quantization(), 0)) for family in ARCHITECTURES}
    assert {family for family, reason in refusals.items() if reason is None} == {"mobilenet", "alexnet"}
    assert refusals["mobilenet_v2"] == (
        f"{method} is for channels in groups, and sums or products tie those of mobilenet_v2: take mobilenet or alexnet"
    )


def test_one_scale_for_all_levels_needs_several() -> None:
    assert "is for files of several levels" in str(refused(Recipe("uniform", 25), "int8_tuned_shared"))
    assert refused(Recipe("slimmable", 25), "int8_tuned_shared") is None
