"""Which single network stands beside a level, and which networks are narrow on purpose."""

import pytest

from study.plan.variant import Architecture, Level, Quantization, Recipe, Variant
from study.report.widths import alone, narrow, whole


def variant(method: str = "dense", amount: int = 0, scheme: str = "int8") -> Variant:
    return Variant(Architecture("mobilenet", alpha=0.5), Recipe(method, amount), Quantization(scheme, 10), 3)


@pytest.mark.parametrize(("method", "single"), [("slimmable", "uniform"), ("slimmable_hidden", "uniform_hidden")])
def test_a_level_stands_beside_the_network_of_its_width_cut_alone(method: str, single: str) -> None:
    levels = variant(method, 40).levels
    assert [level.width for level in levels] == [100, 80, 60, 40]
    wanted = [variant("retrained_finetune"), *(variant(single, amount) for amount in (20, 40, 60))]
    assert [alone(level) for level in levels] == [Level(one) for one in wanted]


def test_a_scheme_of_files_of_several_stands_beside_that_of_single_networks() -> None:
    first, second, *_ = variant("slimmable", 25, "int8_tuned_shared").levels
    assert alone(first) == Level(variant("retrained_finetune", 0, "int8_tuned"))
    assert alone(second) == Level(variant("uniform", 25, "int8_tuned"))


@pytest.mark.parametrize("own", [variant(), variant("magnitude", 60), variant("uniform", 50)])
def test_an_ordinary_file_stands_beside_none(own: Variant) -> None:
    assert alone(Level(own)) is None


@pytest.mark.parametrize("method", ["incremental", "incremental_block"])
def test_a_network_in_groups_stands_beside_the_level_of_its_structure(method: str) -> None:
    found = [alone(level) for level in variant(method, 25).levels]
    assert found == list(variant(f"{method}_alone", 25).levels)
    assert [narrow(one) for one in found if one] == [False, True, True, True]
    widest, *others = variant(f"{method}_alone", 25).levels
    assert alone(widest) == whole(widest) == Level(variant("retrained_incremental"))
    assert {alone(level) for level in others} == {None}


def test_a_family_without_single_networks_has_its_widest_level_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("study.report.widths.ALONE", {})
    first, *others = variant("slimmable", 25).levels
    assert alone(first) == Level(variant("retrained_finetune")) and {alone(level) for level in others} == {None}


def test_narrow_are_lower_levels_and_the_networks_beside_them() -> None:
    assert [narrow(level) for level in variant("slimmable", 25).levels] == [False, True, True, True]
    assert narrow(Level(variant("uniform", 50))) and narrow(Level(variant("uniform_hidden", 25)))
    for own in (variant(), variant("retrained_finetune"), variant("magnitude", 90), variant("automatic", 50)):
        assert not narrow(Level(own))
